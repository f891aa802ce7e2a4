use std::{
    fs::File,
    path::Path,
    process::{Child, Command, ExitStatus},
};

use crate::wait_for;

/// A bot in a process of its own, which is killed with the test.
pub(crate) struct Process(Child);

impl Process {
    /// What it logs is kept in the folder, and printed with a test that fails.
    pub(crate) fn start(program: &str, folder: &Path, environment: &[(&str, &str)]) -> Self {
        let name = Path::new(program).file_name().unwrap();
        let log =
            File::options().create(true).append(true).open(folder.join(name).with_extension("log")).unwrap();
        let mut command = Command::new(program);
        command.current_dir(folder).env_remove("DATABASE_URL").envs(environment.iter().copied()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// As by `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// As by Ctrl-C; answers how it ended.
    pub(crate) fn interrupt(mut self) -> ExitStatus {
        let kill = format!("kill -INT {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        wait_for("its end", || self.0.try_wait().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, or ends now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
