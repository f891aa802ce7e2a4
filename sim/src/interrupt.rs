//! Ctrl-C: the worlds that run come to their end, and what was seen so far is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::{runtime::Builder, signal::ctrl_c};

/// True once someone has pressed it.
pub(crate) fn watch() -> Arc<AtomicBool> {
    let pressed = Arc::new(AtomicBool::new(false));
    let press = pressed.clone();
    thread::spawn(move || {
        // Where it cannot be listened to, it ends the program as it always did.
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        if runtime.block_on(ctrl_c()).is_ok() {
            press.store(true, Ordering::Relaxed);
            eprintln!("the worlds that run come to their end");
        }
    });
    pressed
}
