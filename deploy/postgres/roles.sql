-- Roles and database for a shared store, each with as little as it needs. To be run once, as a superuser, on the primary:
--
--     psql -v owner_password=... -v service_password=... -v reader_password=... -f roles.sql
--
-- dinhdanh_owner    makes and changes tables: `dinhdanh init`, and the first start of a release with new tables
-- dinhdanh          `dinhdanh serve`: reads, adds and changes rows; never deletes any, never changes a table
-- dinhdanh_reader   `dinhdanh verify`: reads

CREATE ROLE dinhdanh_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE dinhdanh LOGIN PASSWORD :'service_password';
CREATE ROLE dinhdanh_reader LOGIN PASSWORD :'reader_password';
-- Lets `dinhdanh config check` see whether the standby is in step.
GRANT pg_monitor TO dinhdanh, dinhdanh_owner, dinhdanh_reader;

CREATE DATABASE dinhdanh OWNER dinhdanh_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE dinhdanh FROM PUBLIC;
GRANT CONNECT ON DATABASE dinhdanh TO dinhdanh, dinhdanh_reader;

\connect dinhdanh
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO dinhdanh_owner;
GRANT USAGE ON SCHEMA public TO dinhdanh, dinhdanh_reader;
-- For the tables that the owner will make.
ALTER DEFAULT PRIVILEGES FOR ROLE dinhdanh_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO dinhdanh;
ALTER DEFAULT PRIVILEGES FOR ROLE dinhdanh_owner IN SCHEMA public GRANT SELECT ON TABLES TO dinhdanh_reader;
