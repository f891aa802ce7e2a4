//! A small disk of a test's own, and somebody else who fills it up.

use std::{
    cell::RefCell,
    env,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use tempfile::TempDir;

use super::wait::let_run_ms;

/// Where it stands in the environment, the test may mount; it names a file by which the test says that it was run.
const INSIDE: &str = "ONEPURSE_TEST_MAY_MOUNT";

/// The ways to a place where one may mount: with the rights one has, or with those of a user namespace.
const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];

/// Runs the test of this name where its mounts are seen by nobody else and go with it, however it ends.
pub(crate) fn with_mounts_of_its_own(name: &str, test: impl FnOnce()) {
    if let Some(mark) = env::var_os(INSIDE) {
        fs::write(mark, name).unwrap();
        return test();
    }
    let folder = TempDir::new().unwrap();
    let way = WAYS.into_iter().find(|way| may_mount(way, folder.path())).unwrap_or_else(|| {
        panic!("{name} mounts small disks, and neither `unshare --mount` nor `unshare --user --map-root-user --mount` lets it")
    });
    let mark = folder.path().join("mark");
    let status = Command::new("unshare")
        .args(way)
        .arg(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(INSIDE, &mark)
        .status()
        .unwrap();
    assert!(mark.exists(), "there is no test of the name {name}");
    assert!(status.success(), "{name} has failed: it says above why");
}

fn may_mount(way: &[&str], place: &Path) -> bool {
    let mut command = Command::new("unshare");
    let tried = command.args(way).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(place).output();
    tried.is_ok_and(|tried| tried.status.success())
}

/// A small disk, gone with this.
pub(crate) struct SmallDisk {
    path: PathBuf,
    greedy: RefCell<Option<Greedy>>,
}

impl SmallDisk {
    /// Mounts one of so many MiB.
    pub(crate) fn mount(path: PathBuf, mib: u64) -> Self {
        fs::create_dir_all(&path).unwrap();
        let size = format!("size={mib}m");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).output();
        let is_mounted = mount.as_ref().is_ok_and(|mount| mount.status.success());
        assert!(is_mounted, "a small disk cannot be mounted: {mount:?}");
        Self { path, greedy: RefCell::new(None) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.greedy.borrow().is_some()
    }

    /// Takes up all the space that is left, and all that comes free, until [`SmallDisk::free`].
    pub(crate) fn fill(&self) {
        let mut greedy = self.greedy.borrow_mut();
        if greedy.is_none() {
            *greedy = Some(Greedy::on(self.path("filler")));
        }
    }

    pub(crate) fn free(&self) {
        self.greedy.take();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        self.free();
        // Lazily: a program of a failed test may still have files open on it.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

/// Somebody who takes whatever space there is.
struct Greedy {
    file: PathBuf,
    has_enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Greedy {
    fn on(file: PathBuf) -> Self {
        let mut filler = File::create(&file).unwrap();
        take_all(&mut filler);
        let has_enough = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&has_enough);
        let thread = thread::spawn(move || {
            while !asked.load(Ordering::Relaxed) {
                take_all(&mut filler);
                let_run_ms(2);
            }
        });
        Self { file, has_enough, thread: Some(thread) }
    }
}

impl Drop for Greedy {
    fn drop(&mut self) {
        self.has_enough.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
        let _ = fs::remove_file(&self.file);
    }
}

fn take_all(filler: &mut File) {
    for bytes in [1 << 20, 1 << 12] {
        while filler.write_all(&vec![1; bytes]).is_ok() {}
    }
}
