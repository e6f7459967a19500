//! A module in Rust: it answers, and has a thread-local value with a destructor.
#![allow(non_camel_case_types)]

use std::cell::RefCell;
use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

#[repr(C)]
struct mod_text { bytes: *const c_char, length: u64 }
#[repr(C)]
struct mod_bytes { bytes: *const c_void, length: u64 }
#[repr(C)]
struct mod_host {
    size: u32, abi_major: u16, abi_minor: u16, context: *mut c_void,
    capability: extern "C" fn(*mut c_void, *const c_char, u32) -> *const c_void,
}
#[repr(C)]
struct mod_host_calls {
    size: u32, reserved: u32,
    finish: extern "C" fn(*mut c_void, u64, *const mod_result) -> i32,
}
#[repr(C)]
struct mod_result {
    size: u32, status: i32, kind: u32, reserved: u32, value: mod_bytes, message: mod_text,
}
#[repr(C)]
struct mod_call {
    size: u32, task: u32, id: u64, mode: u32, argument_kind: u32, arguments: mod_bytes,
    deadline_nanoseconds: u64,
}
#[repr(C)]
pub struct mod_tasks {
    size: u32, reserved: u32, call: extern "C" fn(*mut c_void, *const mod_call),
    cancel: Option<extern "C" fn(*mut c_void, u64, u32)>,
}
#[repr(C)]
pub struct mod_module {
    size: u32, reserved: u32, instance: *mut c_void,
    capability: extern "C" fn(*mut c_void, *const c_char, u32) -> *const c_void,
    start: Option<extern "C" fn(*mut c_void) -> i32>,
    stop: Option<extern "C" fn(*mut c_void)>,
    destroy: extern "C" fn(*mut c_void),
}
#[repr(C)]
pub struct mod_entry {
    magic: u64, size: u32, abi_major: u16, abi_minor: u16, abi_minor_required: u16, reserved: u16,
    reserved_too: u32, manifest: extern "C" fn() -> mod_text,
    create: extern "C" fn(*const mod_host) -> *const mod_module,
}
unsafe impl Sync for mod_module {}

static HOST: AtomicPtr<mod_host> = AtomicPtr::new(std::ptr::null_mut());
const ANSWER: &str = match option_env!("FIXTURE_ANSWER") { Some(answer) => answer, None => "one" };
const MANIFEST: &str = concat!(
    r#"{"id":"fixture","version":"1.0.0","about":"A fixture.","toolchain":"Rust","#,
    r#""tasks":[{"name":"answer","accepts":"bytes","risk":"read"}]}"#);

struct Local(RefCell<String>);
impl Drop for Local {
    fn drop(&mut self) { self.0.borrow_mut().clear(); }
}
thread_local! { static LOCAL: Local = Local(RefCell::new(String::new())); }

extern "C" fn call(_: *mut c_void, call: *const mod_call) {
    LOCAL.with(|local| local.0.borrow_mut().push('x'));
    let result = mod_result {
        size: size_of::<mod_result>() as u32, status: 0, kind: 1, reserved: 0,
        value: mod_bytes { bytes: ANSWER.as_ptr().cast(), length: ANSWER.len() as u64 },
        message: mod_text { bytes: std::ptr::null(), length: 0 },
    };
    unsafe {
        let host = HOST.load(Ordering::SeqCst);
        let id = c"mod.host.calls".as_ptr();
        let calls = ((*host).capability)((*host).context, id, 1) as *const mod_host_calls;
        ((*calls).finish)((*host).context, (*call).id, &result);
    }
}
extern "C" fn capability(_: *mut c_void, id: *const c_char, _: u32) -> *const c_void {
    static TASKS: mod_tasks =
        mod_tasks { size: size_of::<mod_tasks>() as u32, reserved: 0, call, cancel: None };
    if unsafe { std::ffi::CStr::from_ptr(id) } == c"mod.tasks" {
        return &raw const TASKS as *const c_void;
    }
    std::ptr::null()
}
extern "C" fn destroy(_: *mut c_void) {}
extern "C" fn create(host: *const mod_host) -> *const mod_module {
    static MODULE: mod_module = mod_module {
        size: size_of::<mod_module>() as u32, reserved: 0, instance: std::ptr::null_mut(),
        capability, start: None, stop: None, destroy,
    };
    HOST.store(host.cast_mut(), Ordering::SeqCst);
    &raw const MODULE
}
extern "C" fn manifest() -> mod_text {
    mod_text { bytes: MANIFEST.as_ptr().cast(), length: MANIFEST.len() as u64 }
}
#[unsafe(no_mangle)]
pub extern "C" fn module_entry() -> *const mod_entry {
    static ENTRY: mod_entry = mod_entry {
        magic: 0x6f6d6c656e72656b, size: size_of::<mod_entry>() as u32, abi_major: 1, abi_minor: 0,
        abi_minor_required: 0, reserved: 0, reserved_too: 0, manifest, create,
    };
    &raw const ENTRY
}
