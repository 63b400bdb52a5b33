"""Statistical models of few parameters, beside which every learned churn or value model has to prove itself.

    histories -> fit -> frozen parameters -> one number per customer

Each model is a module: a frozen dataclass of its parameters, `fit_...` that finds them by maximum likelihood,
and methods from a frame of histories to a series with one value a row. `bg_nbd` says when a customer orders
again, `gamma_gamma` what an order is worth; `histories` says which frames they take, `maximum_likelihood`
finds the parameters.
Belongs here: published models that need nothing but a customer's own orders, each with its source.
Does not belong here: learned models and their features, splits and grades, the queries that make histories.
"""
