//! Scenarios by name, each told as a story where it does not end as it says.

use sim::scenario::{files, run};

use crate::end::End;

/// Performs those of these names, or all that there are.
pub(crate) fn perform(names: &[String]) -> End {
    let files = match files() {
        Ok(files) => files,
        Err(error) => return End::wrong(format!("the scenarios cannot be read: {error}")),
    };
    let names: Vec<&str> = names.iter().map(|name| name.trim_end_matches(".sim")).collect();
    if let Some(unknown) = names.iter().find(|name| !files.contains_key(**name)) {
        return End::unknown("scenario", unknown, files.keys().map(String::as_str));
    }
    let mut is_clean = true;
    for (name, text) in files.iter().filter(|(name, _)| names.is_empty() || names.contains(&name.as_str())) {
        match run(text, &format!("{name}.sim")) {
            Ok(ran) => {
                println!("{name}: {} worlds, {} things to be seen in each", ran.worlds, ran.expectations);
            }
            Err(failure) => {
                is_clean = false;
                failure.story.iter().for_each(|line| println!("  {line}"));
                println!("{failure}");
            }
        }
    }
    End::of(is_clean)
}
