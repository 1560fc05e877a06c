"""The book beside others: its model in other frameworks, and the checks on other people's notebooks."""
