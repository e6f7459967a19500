import KernelBase
import KernelBus
import KernelSandbox
import KernelSystem
import Synchronization

/// Talks on the buses for modules. Each has a connection of its own to each bus, so that the bus
/// bounds what it takes, and what services keep for it ends with it.
final class BusBroker: Sendable {
    static let callService = "bus"
    static let signalsService = "bus.signals"

    private let client: BusClient
    private let warn: @Sendable (String) -> Void
    /// What was warned of, by module.
    private let warned = Mutex<[String: Set<String>]>([:])

    init(_ options: BrokerOptions) {
        client = BusClient(
            options.buses ?? .ofThisProcess, idleSeconds: options.busIdleSeconds)
        warn = options.warn
    }

    /// Returns once it is on its way.
    func begin(_ errand: Errand, _ line: ErrandLine) throws(ErrandRefusal) {
        guard errand.body.isEmpty else {
            throw ErrandRefusal(.invalid, "what is said on a bus has no body")
        }
        let isCall = errand.service == Self.callService
        let order =
            isCall
            ? try BusErrandOrder(call: errand.order) : try BusErrandOrder(signals: errand.order)
        let permission = BusPermission(try errand.doors().busNames, of: errand.module)
        switch order.work {
        case .call(let call):
            try permission.check(call, on: order.bus)
            warnOfPrograms(call.destination, errand.module)
        case .listening(let match):
            try permission.check(match, on: order.bus)
            warnOfPrograms(match.sender, errand.module)
        }
        let errandWork = BusErrand(line, client, errand.service)
        var work = BusOrder(
            account: errand.module, bus: order.bus, order.work, errandWork)
        work.bytesMax = order.bytesMax
        work.deadlineNanoseconds = try deadline(order, errand)
        errandWork.begin(work)
        line.attach(errandWork)
    }

    /// 0: none.
    private func deadline(
        _ order: BusErrandOrder, _ errand: Errand
    ) throws(ErrandRefusal) -> UInt64 {
        let now = SystemClock.monotonicNanoseconds
        guard errand.deadlineNanoseconds == 0 || errand.deadlineNanoseconds > now else {
            throw ErrandRefusal(.deadline, "its deadline had passed before it began")
        }
        guard let seconds = order.seconds else { return errand.deadlineNanoseconds }
        let own = now + SystemClock.nanoseconds(ofSeconds: seconds)
        return errand.deadlineNanoseconds == 0 ? own : min(own, errand.deadlineNanoseconds)
    }

    private func warnOfPrograms(_ name: String, _ module: String) {
        guard BusPlace.startsPrograms(name) else { return }
        let isNew = warned.withLock { $0[module, default: []].insert(name).inserted }
        guard isNew else { return }
        warn(
            "module \(module) talks to \(name), which starts programs outside all walls: its "
                + "permission for that amounts to execute = [\"/\"] without any confinement")
    }

    func close() {
        client.close()
    }
}
