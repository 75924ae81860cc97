//! `sandbox CALL=ANSWER... -- PROGRAM [ARGUMENT...]`: runs a program under a seccomp filter that answers system calls of
//! kernel AIO itself, with an errno (`io_setup=EPERM`) or by ending the process (`io_setup=kill`).

use std::env;
use std::error::Error;
use std::io;
use std::mem::offset_of;
use std::os::unix::process::CommandExt;
use std::process::Command;

use libc::{seccomp_data, sock_filter, sock_fprog};

/// For all other calls.
const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let end = arguments.iter().position(|argument| argument == "--").ok_or("no --")?;
    let rules = arguments[..end].iter().map(|rule| parse(rule)).collect::<Result<Vec<_>, _>>()?;
    let (program, parameters) = arguments[end + 1..].split_first().ok_or("no program")?;
    install(&filter(&rules))?;
    Err(Command::new(program).args(parameters).exec().into())
}

/// A call's number and the filter's answer.
fn parse(rule: &str) -> Result<(u32, u32), String> {
    let (call, answer) = rule.split_once('=').ok_or_else(|| format!("no answer in {rule}"))?;
    let number = match call {
        "io_setup" => libc::SYS_io_setup,
        "io_submit" => libc::SYS_io_submit,
        "io_getevents" => libc::SYS_io_getevents,
        "io_destroy" => libc::SYS_io_destroy,
        _ => return Err(format!("unknown call {call}")),
    };
    let errno = match answer {
        "kill" => return Ok((number as u32, libc::SECCOMP_RET_KILL_PROCESS)),
        "EACCES" => libc::EACCES,
        "ENOSYS" => libc::ENOSYS,
        "EPERM" => libc::EPERM,
        _ => return Err(format!("unknown answer {answer}")),
    };
    Ok((number as u32, libc::SECCOMP_RET_ERRNO | errno as u32))
}

fn filter(rules: &[(u32, u32)]) -> Vec<sock_filter> {
    let load = |offset: usize| instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, offset as u32);
    let unless = |value: u32| instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, value);
    let answer = |value: u32| instruction(libc::BPF_RET | libc::BPF_K, 0, value);
    let mut program = vec![load(offset_of!(seccomp_data, nr))];
    for &(number, value) in rules {
        program.extend([unless(number), answer(value)]);
    }
    program.push(answer(ALLOW));
    program
}

/// Skips `otherwise` instructions where a comparison fails.
const fn instruction(code: u32, otherwise: u8, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: otherwise, k }
}

/// For this process and what it becomes.
fn install(filter: &[sock_filter]) -> io::Result<()> {
    let program = sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
    // SAFETY: plain numbers; the filter is read, not written, while the call lasts.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) != 0
    };
    if refused { Err(io::Error::last_os_error()) } else { Ok(()) }
}
