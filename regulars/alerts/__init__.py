"""Who hears that a night failed or a check did: the sentences, the file that keeps them, the webhook.

Not here: what a failure is, when somebody is told, and anything that a night's data say.
"""
