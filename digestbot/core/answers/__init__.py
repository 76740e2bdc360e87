"""How answers reach a chat: live, limited, remembered, undone."""
