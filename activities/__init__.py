"""What happened and what is to be done: interactions, tasks, attachments and the timeline of any record."""
