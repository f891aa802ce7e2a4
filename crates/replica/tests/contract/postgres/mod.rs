//! What is said in the SQL of PostgreSQL.
