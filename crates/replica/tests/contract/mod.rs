mod capture;
mod history;
mod inward;
mod random;
mod tables;
