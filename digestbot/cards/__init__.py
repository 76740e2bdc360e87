"""Cards: the content shown to readers, independent of any platform's markup. All of it is plain text."""
