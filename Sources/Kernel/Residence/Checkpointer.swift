package import KernelSystem
import Synchronization

/// Has the state of one resident saved at the pace of `CheckpointPace`.
package final class Checkpointer: Sendable {
    private let pace = Mutex(CheckpointPace())
    private let alarms: Alarms
    private let lane: SerialLane
    private let save: @Sendable () -> Void

    /// `save` runs on the lane, since it is a lifecycle function.
    package init(alarms: Alarms, lane: SerialLane, save: @escaping @Sendable () -> Void) {
        self.alarms = alarms
        self.lane = lane
        self.save = save
    }

    /// The state may have changed: on any thread, and cheap.
    package func changed() {
        let now = SystemClock.monotonicNanoseconds
        plan(pace.withLock { $0.changed(nowNanoseconds: now) })
    }

    private func plan(_ due: UInt64?) {
        guard let due else { return }
        alarms.run(atNanoseconds: due) { [weak self] in
            guard let self else { return }
            self.lane.run { self.work() }
        }
    }

    private func work() {
        pace.withLock { $0.begin(nowNanoseconds: SystemClock.monotonicNanoseconds) }
        save()
        plan(pace.withLock { $0.end(nowNanoseconds: SystemClock.monotonicNanoseconds) })
    }
}
