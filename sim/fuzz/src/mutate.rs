//! Changing inputs: bits and bytes, words and lines.

use rand::{RngExt, seq::IndexedRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::Target;

/// Changes done to one input at the most.
const CHANGES_MAX: usize = 6;

/// What any reader of text may stumble over.
const ODDITIES: [&str; 26] = [
    "0",
    "-0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1e308",
    "-1e308",
    "9e999",
    "NaN",
    "inf",
    "0.1",
    "1e-320",
    "\u{0}",
    "\u{202e}",
    "\u{200b}",
    "٣",
    "１",
    "é",
    "'",
    "\"",
    "\\",
    "\n",
    "%s",
    "🪙",
];

/// Changes inputs of one target, from a generator of its own.
pub struct Mutator<'a> {
    target: &'a Target,
    random: Xoshiro256PlusPlus,
}

impl<'a> Mutator<'a> {
    /// Changes inputs of `target` as `random` says.
    #[must_use]
    pub const fn new(target: &'a Target, random: Xoshiro256PlusPlus) -> Self {
        Self { target, random }
    }

    /// One of the `pool`, changed a few times; some words of the target, where the pool is empty.
    pub fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = pool.choose(&mut self.random).cloned().unwrap_or_default();
        // Two in three get a change or two: what is near to an input is tried more than what is far.
        let changes = if self.random.random_ratio(2, 3) { 2 } else { CHANGES_MAX };
        for _ in 0..self.random.random_range(1..=changes) {
            self.change(&mut input, pool);
        }
        input.truncate(self.target.bytes_max);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        match self.random.random_range(0..11) {
            0 => self.flip(input),
            1 => self.set(input),
            2 => self.insert_bytes(input),
            3 => self.remove(input),
            4 => self.repeat(input),
            5 => self.splice(input, pool),
            6 => self.insert_word(input),
            7 | 8 => self.replace_token(input),
            9 => self.insert_line(input),
            _ => self.move_line(input),
        }
    }

    fn at(&mut self, input: &[u8]) -> usize {
        self.random.random_range(0..=input.len())
    }

    /// Some part, short more often than long.
    fn part(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let start = self.at(input);
        let length_max = if self.random.random_ratio(3, 4) { 8 } else { input.len() };
        start..(start + self.random.random_range(0..=length_max)).min(input.len())
    }

    fn flip(&mut self, input: &mut [u8]) {
        let bit = self.random.random_range(0..8);
        let at = self.at(input);
        if let Some(byte) = input.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn set(&mut self, input: &mut [u8]) {
        let (at, value) = (self.at(input), self.random.random());
        if let Some(byte) = input.get_mut(at) {
            *byte = value;
        }
    }

    fn insert_bytes(&mut self, input: &mut Vec<u8>) {
        let at = self.at(input);
        let bytes: Vec<u8> = (0..self.random.random_range(1..=4)).map(|_| self.random.random()).collect();
        input.splice(at..at, bytes);
    }

    fn remove(&mut self, input: &mut Vec<u8>) {
        let part = self.part(input);
        input.drain(part);
    }

    fn repeat(&mut self, input: &mut Vec<u8>) {
        let (part, at) = (self.part(input), self.at(input));
        let bytes = input[part].to_vec();
        input.splice(at..at, bytes);
    }

    /// The beginning of this one, the end of another.
    fn splice(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        if let Some(other) = pool.choose(&mut self.random) {
            let (cut, from) = (self.at(input), self.at(other));
            input.truncate(cut);
            input.extend_from_slice(&other[from..]);
        }
    }

    fn word(&mut self) -> &'static [u8] {
        let words: &[&str] = if self.random.random_ratio(1, 3) { &ODDITIES } else { self.target.words };
        words.choose(&mut self.random).copied().unwrap_or_default().as_bytes()
    }

    fn insert_word(&mut self, input: &mut Vec<u8>) {
        let (at, word) = (self.at(input), self.word());
        input.splice(at..at, word.iter().copied());
    }

    /// Another word in place of one that stands between blanks.
    fn replace_token(&mut self, input: &mut Vec<u8>) {
        let word = self.word();
        let at = self.at(input);
        let is_blank = |byte: &u8| byte.is_ascii_whitespace();
        let start = input[..at].iter().rposition(is_blank).map_or(0, |blank| blank + 1);
        let end = input[at..].iter().position(is_blank).map_or(input.len(), |blank| at + blank);
        input.splice(start..end, word.iter().copied());
    }

    fn insert_line(&mut self, input: &mut Vec<u8>) {
        let Some(line) = self.target.lines.choose(&mut self.random) else { return self.insert_word(input) };
        let mut lines = lines(input);
        let at = self.random.random_range(0..=lines.len());
        lines.insert(at, line.as_bytes().to_vec());
        *input = lines.join(&b'\n');
    }

    /// A line goes elsewhere, comes twice, or goes.
    fn move_line(&mut self, input: &mut Vec<u8>) {
        let mut lines = lines(input);
        let (from, to) = (self.random.random_range(0..lines.len()), self.random.random_range(0..lines.len()));
        match self.random.random_range(0..3) {
            0 => lines.swap(from, to),
            1 => lines.insert(to, lines[from].clone()),
            _ => drop(lines.remove(from)),
        }
        *input = lines.join(&b'\n');
    }
}

/// The lines of an input; one at least.
fn lines(input: &[u8]) -> Vec<Vec<u8>> {
    input.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}
