//! A network that behaves badly.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::Duration,
};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server: questions.
    There,
    /// From the server to the client: answers.
    Back,
}

/// A TCP proxy before a server. It passes on what it gets, until it is told otherwise; what it is told holds for the
/// connections there are and for new ones.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    wire: Arc<Wire>,
}

#[derive(Debug)]
struct Wire {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    server: SocketAddr,
    delay: Duration,
    is_refused: bool,
    is_over: bool,
    /// Per way, as everything here: nothing comes through, and nobody is told.
    is_silent: [bool; 2],
    /// How many bytes still come through before that happens.
    left: [Option<(usize, Fate)>; 2],
    /// After so many pieces one is cut in its middle, or falls silent there.
    pieces_left: [Option<(usize, Fate)>; 2],
    pieces: [usize; 2],
    connections: Vec<Weak<Connection>>,
}

/// What becomes of the way after so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Cut,
    Silent,
}

/// Whoever passes on what comes through it owns it.
#[derive(Debug)]
struct Connection {
    client: TcpStream,
    server: TcpStream,
}

impl Proxy {
    /// A proxy before the server that listens on this port of this machine.
    ///
    /// # Panics
    ///
    /// Where there is no port for it.
    #[must_use]
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap_or_else(|error| panic!("there is no port for a proxy: {error}"));
        let own = listener.local_addr().unwrap_or_else(|error| panic!("a proxy has no port: {error}")).port();
        let state = State {
            server: (Ipv4Addr::LOCALHOST, port).into(),
            delay: Duration::ZERO,
            is_refused: false,
            is_over: false,
            is_silent: [false; 2],
            left: [None; 2],
            pieces_left: [None; 2],
            pieces: [0; 2],
            connections: Vec::new(),
        };
        let wire = Arc::new(Wire { state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&wire);
        thread::spawn(move || accept(&listener, &accepting));
        Self { port: own, wire }
    }

    /// The port on which the proxy listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Leads new connections to another server of this machine, and cuts those there are.
    pub fn lead_to(&self, port: u16) {
        self.change(|state| {
            state.server = (Ipv4Addr::LOCALHOST, port).into();
            state.cut();
        });
    }

    /// Every piece that is passed on waits this long.
    pub fn delay(&self, delay: Duration) {
        self.change(|state| state.delay = delay);
    }

    /// Cuts all connections. New ones come through.
    pub fn cut(&self) {
        self.change(State::cut);
    }

    /// Cuts all connections as soon as so many more bytes have come through this way: in the middle of a message, or,
    /// with none at all, before the first answer to what is asked next. Connections made later come through.
    pub fn cut_after(&self, way: Way, bytes: usize) {
        self.change(|state| state.left[way as usize] = Some((bytes, Fate::Cut)));
    }

    /// The same in the middle of a piece, after so many more. Where each waits for the other's answer, a piece is one
    /// question, or one answer.
    pub fn cut_in(&self, way: Way, piece: usize) {
        self.change(|state| state.pieces_left[way as usize] = Some((piece, Fate::Cut)));
    }

    /// How many pieces have come this way, by all connections there ever were.
    #[must_use]
    pub fn pieces(&self, way: Way) -> usize {
        self.wire.state().pieces[way as usize]
    }

    /// Whether something was ordered by [`Proxy::cut_after`], [`Proxy::cut_in`] or [`Proxy::silence_in`] and is still to
    /// come.
    #[must_use]
    pub fn is_trouble_due(&self) -> bool {
        let state = self.wire.state();
        [state.left, state.pieces_left].iter().flatten().any(Option::is_some)
    }

    /// Nothing comes through this way any more, and nobody is told: a connection that is only half there. What is sent
    /// meanwhile arrives after [`Proxy::mend`].
    pub fn silence(&self, way: Way) {
        self.change(|state| state.is_silent[way as usize] = true);
    }

    /// The same from the middle of a piece on, after so many more.
    pub fn silence_in(&self, way: Way, piece: usize) {
        self.change(|state| state.pieces_left[way as usize] = Some((piece, Fate::Silent)));
    }

    /// Cuts all connections, and new ones at once.
    pub fn refuse(&self) {
        self.change(|state| {
            state.is_refused = true;
            state.cut();
        });
    }

    /// Passes everything on again, without delay.
    pub fn mend(&self) {
        self.change(|state| {
            state.delay = Duration::ZERO;
            state.is_refused = false;
            state.is_silent = [false; 2];
            state.left = [None; 2];
            state.pieces_left = [None; 2];
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.wire.state());
        self.wire.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.change(|state| {
            state.is_over = true;
            state.cut();
        });
        // Whoever accepts connections looks up from it when one comes.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl State {
    fn cut(&mut self) {
        for connection in self.connections.drain(..).filter_map(|connection| connection.upgrade()) {
            let _ = connection.client.shutdown(Shutdown::Both);
            let _ = connection.server.shutdown(Shutdown::Both);
        }
    }
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece of so many bytes has come.
    fn note_piece(&self, way: Way, bytes: usize) {
        let (mut state, way) = (self.state(), way as usize);
        state.pieces[way] += 1;
        match state.pieces_left[way].take() {
            Some((0, fate)) => state.left[way] = Some((bytes / 2, fate)),
            due => state.pieces_left[way] = due.map(|(left, fate)| (left - 1, fate)),
        }
    }

    /// Waits until bytes may go this way; how many of so many, and whether all connections are cut then.
    fn let_through(&self, way: Way, bytes: usize) -> (usize, bool) {
        let way = way as usize;
        let state = self.state();
        let delay = state.delay;
        let is_delayed = |state: &mut State| !state.is_over && state.delay == delay;
        let waited = self.changed.wait_timeout_while(state, delay, is_delayed);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let is_silent = |state: &mut State| !state.is_over && state.is_silent[way];
        let mut state = self.changed.wait_while(state, is_silent).unwrap_or_else(PoisonError::into_inner);
        let Some((left, fate)) = state.left[way].filter(|(left, _)| *left <= bytes) else {
            state.left[way] = state.left[way].map(|(left, fate)| (left - bytes, fate));
            return (bytes, false);
        };
        state.left[way] = None;
        state.is_silent[way] |= fate == Fate::Silent;
        (left, fate == Fate::Cut)
    }
}

fn accept(listener: &TcpListener, wire: &Arc<Wire>) {
    for client in listener.incoming().map_while(Result::ok) {
        if wire.state().is_over {
            return;
        }
        // A client that is refused, or whose server is not there, is cut.
        let _ = connect(client, wire);
    }
}

fn connect(client: TcpStream, wire: &Arc<Wire>) -> io::Result<()> {
    let address = wire.state().server;
    let server = TcpStream::connect(address)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let connection = Arc::new(Connection { client, server });
    let mut state = wire.state();
    if state.is_refused || state.server != address {
        return Ok(());
    }
    state.connections.retain(|known| known.strong_count() > 0);
    state.connections.push(Arc::downgrade(&connection));
    drop(state);
    for way in [Way::There, Way::Back] {
        let (connection, wire) = (Arc::clone(&connection), Arc::clone(wire));
        thread::spawn(move || pass_on(way, &connection, &wire));
    }
    Ok(())
}

fn pass_on(way: Way, connection: &Connection, wire: &Wire) {
    let (mut from, mut to) = match way {
        Way::There => (&connection.client, &connection.server),
        Way::Back => (&connection.server, &connection.client),
    };
    let mut piece = [0; 16 << 10];
    'pieces: while let Ok(bytes @ 1..) = from.read(&mut piece) {
        wire.note_piece(way, bytes);
        let mut rest = &piece[..bytes];
        while !rest.is_empty() {
            let (let_through, is_cut) = wire.let_through(way, rest.len());
            let is_passed_on = to.write_all(&rest[..let_through]).is_ok();
            if is_cut {
                wire.state().cut();
            }
            if is_cut || !is_passed_on {
                break 'pieces;
            }
            rest = &rest[let_through..];
        }
    }
    // The other way goes on until it ends too.
    let _ = to.shutdown(Shutdown::Write);
}
