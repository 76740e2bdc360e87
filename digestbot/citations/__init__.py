"""Papers as reference managers read them: BibTeX, RIS, CSL-JSON; and Markdown for people."""
