//! What is said in the SQL of PostgreSQL.

mod capture;
mod locks;
mod migrations;
mod roles;
mod tables;
mod writes;

use crate::support::{postgres::Postgres, world::World};

const USERS: &str = "CREATE TABLE users (user_id bigint PRIMARY KEY, coins integer, name text);
    INSERT INTO users VALUES (456, 100, 'a'), (7, 5, 'b');";

type Pg = World<Postgres>;
