import KernelBase
import KernelHTTP
package import KernelHosting
package import KernelSystem
package import KernelWorkers
import Synchronization

/// Does what modules may not do themselves, within their permissions: asks servers, connects to
/// them, talks on the buses, runs programs.
///
/// Modules in the kernel and in workers come the same way. What an errand takes is bounded for each
/// module, so that one costs the others nothing.
package final class Brokers: Sendable {
    private let run: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let client = HTTPClient()
    private let http: HTTPBroker
    private let connections: ConnectBroker
    private let bus: BusBroker
    private let programs: ProgramBroker
    private let lines = Mutex<[UInt64: ErrandLine]>([:])

    /// More errands of one module are not taken.
    package static let errandsMax = 64
    /// Nor more of all modules together.
    package static let errandsOfAllMax = 1_024
    /// What a worker says of itself is checked again here.
    private static let orderBytesMax = 1 << 20
    private static let bodyBytesMax = 16 << 20
    /// Of one module, as long as their errands are in flight.
    private static let bodyBytesOfModuleMax = 64 << 20

    /// `run` has a job run on a thread that may look at the disk.
    package init(
        run: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void, alarms: Alarms,
        options: BrokerOptions = BrokerOptions(), zygote: @escaping @Sendable () throws -> Zygote
    ) {
        programs = ProgramBroker(zygote: zygote)
        self.run = run
        http = HTTPBroker(client, options.http)
        connections = ConnectBroker(client, alarms)
        bus = BusBroker(options)
    }

    /// Begins an errand; waits for nothing. The listener hears of its end exactly once.
    package func begin(_ errand: Errand, _ listener: any CallListener) {
        let line = ErrandLine(errand, listener) { [weak self] line in
            _ = self?.lines.withLock { $0.removeValue(forKey: line.id) }
        }
        let refusal = lines.withLock { lines -> ErrandRefusal? in
            if let refusal = Self.refusal(errand, lines) { return refusal }
            lines[line.id] = line
            return nil
        }
        if let refusal { return line.end(errand, refusal) }
        run { self.begin(errand, line) }
    }

    private static func refusal(
        _ errand: Errand, _ lines: [UInt64: ErrandLine]
    ) -> ErrandRefusal? {
        guard errand.order.count <= orderBytesMax, errand.body.count <= bodyBytesMax else {
            return ErrandRefusal(
                .limit, "an order has at most \(orderBytesMax) bytes, a body \(bodyBytesMax)")
        }
        guard lines.count < errandsOfAllMax, lines[errand.id] == nil else {
            return ErrandRefusal(.busy, "the host has too many errands; try again later")
        }
        let own = lines.values.filter { $0.module == errand.module }
        guard own.count < errandsMax else {
            return ErrandRefusal(
                .limit, "\(errand.module) has \(errandsMax) errands in flight already")
        }
        let bytes = own.reduce(errand.body.count) { $0 + $1.bodyBytes }
        guard bytes <= bodyBytesOfModuleMax else {
            return ErrandRefusal(
                .limit,
                "\(errand.module) has errands with \(bodyBytesOfModuleMax >> 20) MiB in flight "
                    + "already")
        }
        return nil
    }

    private func begin(_ errand: Errand, _ line: ErrandLine) {
        guard !line.isOver else {
            return line.end(.failure(.cancelled, "\(errand.service): it was cancelled"))
        }
        do throws(ErrandRefusal) {
            switch errand.service {
            case HTTPBroker.service: try http.begin(errand, line)
            case ConnectBroker.service: try connections.begin(errand, line)
            case ProgramBroker.service: try programs.begin(errand, line)
            case BusBroker.callService, BusBroker.signalsService:
                try bus.begin(errand, line)
            default:
                throw ErrandRefusal(
                    .unsupported,
                    "this host has no such service; it has http, connect, run, bus and "
                        + "bus.signals")
            }
        } catch {
            line.end(errand, error)
        }
    }

    /// Asks an errand to end; nothing happens if it has.
    package func cancel(_ id: UInt64) {
        lines.withLock { $0[id] }?.cancel()
    }

    package func credit(_ id: UInt64, bytes: UInt64) {
        lines.withLock { $0[id] }?.credit(bytes)
    }

    /// How many errands are in flight.
    package var count: Int { lines.withLock { $0.count } }

    package func close() {
        for line in lines.withLock({ Array($0.values) }) { line.cancel() }
        client.close()
        bus.close()
    }
}

extension ErrandLine {
    fileprivate func end(_ errand: Errand, _ refusal: ErrandRefusal) {
        end(.failure(refusal.status, "\(errand.service): \(refusal.sentence)"))
    }
}
