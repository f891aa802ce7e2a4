//! A small disk beside a server's own, which can be full while the server is well.

use std::process::Command;

use super::{Cluster, Database};
use crate::{command::run, home::Home};

/// Runs a program where a small disk is mounted that nobody else sees, and that goes with the program.
const MOUNT: &str =
    r#"mkdir -p "$1" && mount -t tmpfs -o "size=$0" tmpfs "$1" && chmod 1777 "$1" && shift && exec "$@""#;

/// The command, where there is a disk of so many MiB in `home`. Who is not root mounts as the root of a namespace, and
/// has to become who he was again: the server refuses to be run by any root.
pub(super) fn before(server: &Command, home: &Home, mib: u32) -> Command {
    let is_root = rustix::process::getuid().is_root();
    let mut command = Command::new("unshare");
    command.args(if is_root { ["--mount"].as_slice() } else { &["--user", "--map-root-user", "--mount"] });
    command.args(["sh", "-c", MOUNT, &format!("{mib}m")]).arg(home.join("small"));
    if !is_root {
        let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        command.args(["unshare", "--user", &format!("--map-user={user}"), &format!("--map-group={group}")]);
    }
    command.arg(server.get_program()).args(server.get_args());
    command
}

impl Cluster {
    /// A new, empty database on the small disk; by itself it takes 8 MiB of it.
    ///
    /// # Panics
    ///
    /// Where it cannot be made.
    pub fn database_on_small_disk(&self) -> Database {
        let database = self.postgres.database_with("TABLESPACE small_disk");
        // Whoever comes first writes a file there. When the disk is full, nobody could come in any more.
        database.psql("SELECT 1");
        database
    }

    /// Takes up all the space that is left on the small disk. What the pages there are have room for can still be
    /// written.
    ///
    /// # Panics
    ///
    /// Where there is no small disk.
    pub fn fill_small_disk(&self) {
        let maintenance = self.postgres.maintenance();
        maintenance.psql(
            "CREATE UNLOGGED TABLE filler (piece text) WITH (autovacuum_enabled = off) TABLESPACE small_disk",
        );
        maintenance.psql("ALTER TABLE filler ALTER piece SET STORAGE PLAIN");
        let fill = "INSERT INTO filler SELECT repeat('x', 8000) FROM generate_series(1, 10000000)";
        // The rows are taken back, the space that they took is not.
        match run(&mut maintenance.psql_command(fill)) {
            Err(error) if error.to_string().contains("No space left on device") => {}
            other => panic!("the small disk is not full: {other:?}"),
        }
    }

    /// Gives back the space that [`Cluster::fill_small_disk`] took.
    ///
    /// # Panics
    ///
    /// Where it took none.
    pub fn free_small_disk(&self) {
        self.postgres.maintenance().psql("DROP TABLE filler");
    }

    /// The server makes a folder there, because none but its own processes see the disk.
    pub(super) fn prepare_small_disk(&self, settings: super::Settings) {
        if settings.small_disk_mib.is_none() {
            return;
        }
        let folder = self.home.join("small/space");
        let (maintenance, folder) = (self.postgres.maintenance(), folder.display());
        maintenance.psql(&format!("COPY (SELECT) TO PROGRAM 'mkdir ''{folder}'''"));
        maintenance.psql(&format!("CREATE TABLESPACE small_disk LOCATION '{folder}'"));
    }
}
