{#- Every table is built anew each night: dropped and created in one transaction, so that who reads it sees the old
    one or the new one, and a model that fails leaves the old one. The adapter's own way builds it beside, renames
    both and asks for indexes and keys that no table of ours has: between an eighth and a quarter of what dbt cost,
    as measured. -#}
{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}

    {%- set language = model["language"] -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type="table") -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing is not none -%}
        {% call statement("replaced") -%}
            drop {{ existing.type }} if exists {{ existing }}
        {%- endcall %}
    {%- endif %}
    {% call statement("main", language=language) -%}
        {{ create_table_as(False, target_relation, compiled_code, language) }}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}

    {{ adapter.commit() }}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({"relations": [target_relation]}) }}

{% endmaterialization %}
