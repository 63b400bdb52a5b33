"""The tables of recommendations, in schema `predictions`."""

TABLES = {
    "recommendations": {
        "as_of_date": "date",
        "customer_id": "varchar",
        "rank": "bigint",
        "source": "varchar",
        "product_ref": "varchar",
        "score": "double",
        "why": "varchar",
    },
    "popular_products": {
        "as_of_date": "date",
        "rank": "bigint",
        "source": "varchar",
        "product_ref": "varchar",
        "score": "double",
        "why": "varchar",
    },
    "recommender": {
        "as_of_date": "date",
        "method": "varchar",
        "status": "varchar",
        "reason": "varchar",
        "product_count": "bigint",
        "customer_count": "bigint",
        "recall": "double",
        "recall_low": "double",
        "recall_high": "double",
        "ndcg": "double",
        "ndcg_low": "double",
        "ndcg_high": "double",
    },
}
