//! `$262.agent`: agents that tests start, each an isolate on a thread of its own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use unspool_runtime::agents::{SharedBytes, buffer_over_shared, shared_bytes_of};
use unspool_runtime::config::Config;
use unspool_runtime::native::Arguments;
use unspool_runtime::object::Object;
use unspool_runtime::{Cx, JsResult, convert, function};
use unspool_shapes::Attributes;
use unspool_values::Value;

use super::functions::{define, key, throw};
use super::state::State;

/// The machine stack of an agent's thread: room for what an isolate may use, and for the shell.
const THREAD_STACK: usize = 16 << 20;

/// What the agents of one program have in common.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    reports: Mutex<VecDeque<String>>,
    /// A way to every agent that has not ended.
    agents: Mutex<Vec<Sender<Broadcast>>>,
    running: AtomicUsize,
}

/// What `broadcast` sends to one agent.
#[derive(Debug)]
struct Broadcast {
    memory: Arc<SharedBytes>,
    max_byte_length: Option<usize>,
    number: f64,
    /// Told when the agent has it.
    received: Sender<()>,
}

/// An agent's place in its cluster.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) cluster: Arc<Cluster>,
    /// Where broadcasts arrive; the main agent has none.
    inbox: Option<Receiver<Broadcast>>,
    /// Agents are started with the settings of the first one.
    config: Config,
}

impl Membership {
    /// The first agent of a cluster.
    pub(crate) fn first(config: Config) -> Self {
        Self { cluster: Arc::default(), inbox: None, config }
    }

    /// The settings of the agent.
    pub(crate) fn config(&self) -> Config {
        self.config.clone()
    }
}

impl Cluster {
    /// Whether other agents run, which may still notify this one.
    pub(crate) fn has_running_agents(&self) -> bool {
        self.running.load(Ordering::SeqCst) > 0
    }
}

/// `$262.agent` of the running agent.
pub(super) fn object(cx: Cx<'_>) -> Object {
    let object = Object::ordinary(cx);
    define(cx, object, "start", 1, start);
    define(cx, object, "broadcast", 2, broadcast);
    define(cx, object, "getReport", 0, get_report);
    define(cx, object, "receiveBroadcast", 1, receive_broadcast);
    define(cx, object, "report", 1, report);
    define(cx, object, "sleep", 1, sleep);
    define(cx, object, "leaving", 0, leaving);
    define(cx, object, "monotonicNow", 0, monotonic_now);
    object
}

fn start(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = convert::to_string(cx, arguments.get(0))?;
    let text = cx.rust_string(text);
    let state = State::of(cx);
    let (sender, receiver) = channel();
    let cluster = Arc::clone(&state.agents.cluster);
    cluster.agents.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
    cluster.running.fetch_add(1, Ordering::SeqCst);
    let config = state.agents.config.clone();
    let thread = std::thread::Builder::new().stack_size(THREAD_STACK).spawn(move || {
        let running = Running(Arc::clone(&cluster));
        let membership = Membership { cluster, inbox: Some(receiver), config };
        crate::run::run_agent(membership, &text);
        drop(running);
    });
    match thread {
        Ok(_) => Ok(Value::UNDEFINED),
        Err(error) => Err(throw(cx, &format!("cannot start an agent: {error}"))),
    }
}

/// Counts an agent as running while it lives.
struct Running(Arc<Cluster>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Hands a SharedArrayBuffer to all agents, and returns when they have it.
fn broadcast(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let Some((memory, max_byte_length)) = shared_bytes_of(arguments.get(0)) else {
        return Err(cx.throw_type_error("broadcast: the argument is not a SharedArrayBuffer"));
    };
    let number = arguments.get(1).to_number().unwrap_or(0.0);
    let (received, receipts) = channel();
    let state = State::of(cx);
    // Agents that have ended cannot be sent anything; that is how they leave the list.
    state.agents.cluster.agents.lock().unwrap_or_else(PoisonError::into_inner).retain(|agent| {
        let broadcast =
            Broadcast { memory: Arc::clone(&memory), max_byte_length, number, received: received.clone() };
        agent.send(broadcast).is_ok()
    });
    drop(received);
    while receipts.recv().is_ok() {}
    Ok(Value::UNDEFINED)
}

/// Waits for a broadcast and calls the function with it.
fn receive_broadcast(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let state = State::of(cx);
    let broadcast = state.agents.inbox.as_ref().and_then(|inbox| inbox.recv().ok());
    let Some(broadcast) = broadcast else {
        return Err(throw(cx, "receiveBroadcast: nobody can broadcast to this agent"));
    };
    let buffer = buffer_over_shared(cx, broadcast.memory, broadcast.max_byte_length)?;
    drop(broadcast.received);
    function::call(cx, arguments.get(0), Value::UNDEFINED, &[buffer, Value::from_f64(broadcast.number)])
}

fn report(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let text = convert::to_string(cx, arguments.get(0))?;
    let text = cx.rust_string(text);
    State::of(cx).agents.cluster.reports.lock().unwrap_or_else(PoisonError::into_inner).push_back(text);
    Ok(Value::UNDEFINED)
}

fn get_report(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    let state = State::of(cx);
    let report = state.agents.cluster.reports.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    Ok(report.map_or(Value::NULL, |text| cx.new_string(&text).into()))
}

fn sleep(cx: Cx<'_>, arguments: Arguments<'_>) -> JsResult<Value> {
    let milliseconds = convert::to_number(cx, arguments.get(0))?;
    let duration = Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default();
    let start = Instant::now();
    while start.elapsed() < duration {
        cx.poll_interrupt()?;
        std::thread::sleep((duration - start.elapsed().min(duration)).min(Duration::from_millis(10)));
    }
    Ok(Value::UNDEFINED)
}

/// The agent promises to do nothing more; there is nothing to be done about it.
fn leaving(_: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::UNDEFINED)
}

fn monotonic_now(cx: Cx<'_>, _: Arguments<'_>) -> JsResult<Value> {
    Ok(Value::from_f64(State::of(cx).started.elapsed().as_secs_f64() * 1000.0))
}

/// Defines `agent` on `$262`.
pub(super) fn define_on(cx: Cx<'_>, host: Object) {
    host.define_builtin(cx, key(cx, "agent"), object(cx).into(), Attributes::HIDDEN);
}
