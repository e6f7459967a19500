import KernelBase
import KernelBus
import KernelHosting
import ModuleJSON
import Synchronization

/// One errand on a bus: a call, or a listening.
final class BusErrand: ErrandWork, BusListener {
    private let line: ErrandLine
    private let client: BusClient
    private let service: String
    private let state = Mutex(State())

    private struct State {
        var ticket: BusTicket?
        var isCancelled = false
    }

    /// What the module hears of. `number` is the kind of the contract.
    private enum News {
        static let owner: UInt32 = 1
        static let signal: UInt32 = 2
        static let lost: UInt32 = 3
    }

    init(_ line: ErrandLine, _ client: BusClient, _ service: String) {
        self.line = line
        self.client = client
        self.service = service
    }

    func begin(_ order: BusOrder) {
        let ticket = client.begin(order)
        let isCancelled = state.withLock { state in
            state.ticket = ticket
            return state.isCancelled
        }
        // What came before the ticket was known here.
        if isCancelled { client.cancel(ticket) } else { client.resume(ticket) }
    }

    // MARK: From the module

    func hasRoom() {
        if let ticket = state.withLock({ $0.ticket }) { client.resume(ticket) }
    }

    func cancel() {
        let ticket = state.withLock { state in
            state.isCancelled = true
            return state.ticket
        }
        if let ticket { client.cancel(ticket) }
    }

    // MARK: From the bus

    var isFull: Bool { line.isFull }

    func heard(_ news: BusNews) {
        switch news {
        case .owner(let isThere):
            line.tell(ErrandNews(News.owner, number: isThere ? 1 : 0, []))
        case .lost(let count):
            line.tell(ErrandNews(News.lost, number: UInt32(clamping: count), []))
        case .signal(let path, let interface, let member, let signature, let values):
            let value: JSON = [
                "path": .string(path), "interface": .string(interface), "member": .string(member),
                "signature": .string(signature), "values": values,
            ]
            line.tell(ErrandNews(News.signal, value.serialized()))
        }
    }

    func answered(_ answer: BusAnswer) {
        let value: JSON =
            switch answer {
            case .values(let signature, let values):
                ["signature": .string(signature), "values": values]
            case .error(let name, let message):
                ["error": .string(name), "message": .string(message)]
            }
        line.end(
            CallOutcome(status: .ok, kind: .json, value: value.serialized(), message: ""))
    }

    func ended(_ failure: BusFailure) {
        line.end(.failure(failure.kind.status, "\(service): \(failure)"))
    }
}
