//! What is said in the SQL of MariaDB.

mod capture;
mod locks;
mod random;
mod roles;
mod steps;
mod tables;
mod writes;

use crate::support::{mariadb::MariaDb, world::World};

type Maria = World<MariaDb>;

const USERS: &str = "CREATE TABLE users (user_id BIGINT PRIMARY KEY, coins INT, name VARCHAR(20));
    INSERT INTO users VALUES (456, 100, 'a'), (7, 5, 'b');";
