//! The one executable, `moisson`: reads arguments, calls the pipeline, prints, and says how it went by its exit code.
//!
//! Nothing is decided here: a command is a few lines between its arguments and the pipeline.

mod args;
mod commands;
mod engine;
mod hosts;
mod logging;
mod output;
mod progress;
mod project;
mod stop;

use std::process::ExitCode;

use args::Arguments;
use clap::Parser;
use output::Done;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(&arguments.global);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(arguments)),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(_) if !output::is_whole() => {
            output::note("error: standard output could not be written: what it holds is not whole");
            ExitCode::from(1)
        }
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Failed) => ExitCode::from(1),
        Ok(Done::SomeFailed) => ExitCode::from(3),
        Err(error) => {
            output::error(&error);
            ExitCode::from(if output::is_usage(&error) { 2 } else { 1 })
        }
    }
}
