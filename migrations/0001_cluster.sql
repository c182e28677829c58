-- Where a table's rows would live if PostgreSQL grew into Citus: recorded from the first table on, applied only where Citus is.
--
-- A distributed table is spread by one column, which leads its keys; a reference table is copied to every node: read often, written
-- rarely, and never inside a scan; a local table stays on the coordinator. tests/migrations holds every table to its declaration.

CREATE SCHEMA cluster;

CREATE TABLE cluster.intents (
    table_name text PRIMARY KEY,
    placement text NOT NULL CHECK (placement IN ('distributed', 'reference', 'local')),
    column_name text,
    colocate_with text,
    declared_no integer NOT NULL,
    CHECK ((placement = 'distributed') = (column_name IS NOT NULL))
);

CREATE TABLE cluster.function_intents (
    signature text PRIMARY KEY,
    parameter_name text NOT NULL,
    colocate_with text NOT NULL
);

CREATE FUNCTION cluster.declare(table_name text, placement text, column_name text, colocate_with text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO cluster.intents (table_name, placement, column_name, colocate_with, declared_no)
    SELECT $1, $2, $3, $4, count(*) + 1 FROM cluster.intents
$$;

CREATE FUNCTION cluster.distribute(table_name regclass, column_name text, colocate_with regclass DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$ SELECT cluster.declare($1::text, 'distributed', $2, $3::text) $$;

CREATE FUNCTION cluster.reference(table_name regclass) RETURNS void
LANGUAGE sql AS $$ SELECT cluster.declare($1::text, 'reference', NULL, NULL) $$;

CREATE FUNCTION cluster.local(table_name regclass) RETURNS void
LANGUAGE sql AS $$ SELECT cluster.declare($1::text, 'local', NULL, NULL) $$;

CREATE FUNCTION cluster.delegate(signature regprocedure, parameter_name text, colocate_with regclass) RETURNS void
LANGUAGE sql AS $$ INSERT INTO cluster.function_intents VALUES ($1::text, $2, $3::text) $$;

-- Without Citus this does nothing; with it, it may be called again after every migration.
CREATE FUNCTION cluster.apply() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    intent record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        RETURN;
    END IF;
    FOR intent IN
        SELECT i.table_name, i.placement, i.column_name, i.colocate_with FROM cluster.intents AS i
        WHERE NOT EXISTS (SELECT FROM pg_dist_partition AS p WHERE p.logicalrelid = i.table_name::regclass)
        ORDER BY i.declared_no
    LOOP
        IF intent.placement = 'distributed' THEN
            PERFORM create_distributed_table(intent.table_name::regclass, intent.column_name,
                                             colocate_with => coalesce(intent.colocate_with, 'none'));
        ELSIF intent.placement = 'reference' THEN
            PERFORM create_reference_table(intent.table_name::regclass);
        END IF;
    END LOOP;
    FOR intent IN SELECT f.signature, f.parameter_name, f.colocate_with FROM cluster.function_intents AS f LOOP
        PERFORM create_distributed_function(intent.signature::regprocedure, intent.parameter_name,
                                            colocate_with => intent.colocate_with);
    END LOOP;
END
$$;

SELECT cluster.local('cluster.intents');
SELECT cluster.local('cluster.function_intents');
SELECT cluster.local('schema_migrations');
