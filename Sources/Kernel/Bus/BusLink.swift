import KernelBase
import KernelSystem

/// The connection of one account to one bus, with all that is under way on it. To be used on the
/// thread of the buses.
final class BusLink {
    struct Key: Sendable, Hashable {
        let account: String
        let bus: BusKind
    }

    let bus: BusKind
    private let connection: BusConnection
    private var jobs: [UInt64: BusJob] = [:]
    /// By what the answer will refer to; also answers that nobody wants any more, since the bus and
    /// the service keep what they were asked.
    private var awaited: [UInt64: Awaited] = [:]
    private var wasReady = false
    private(set) var idleSinceNanoseconds: UInt64? = SystemClock.monotonicNanoseconds
    /// What the poller was told.
    var watched: Watched?

    struct Watched: Equatable {
        let descriptor: Int32
        let interest: Poller.Interest
    }

    private struct Awaited {
        let job: UInt64
        let what: What

        enum What {
            case answer
            /// Who has the destination's name, before the call is made.
            case ownerOfDestination
            case ownerOfSender
            case match(rule: String)
        }
    }

    /// Messages of one connection in a row, while others wait.
    private static let messagesInRowMax = 64
    /// Calls that were given up and are not answered: more of them are a flood.
    private static let abandonedMax = 64

    init(_ bus: BusKind, _ address: String) throws(BusFailure) {
        self.bus = bus
        connection = try BusConnection(address)
    }

    // MARK: When to look

    var wanted: Watched? {
        connection.descriptor.map { Watched(descriptor: $0, interest: connection.interest) }
    }

    var dueNanoseconds: UInt64? {
        let deadlines = jobs.values.compactMap(\.deadlineNanoseconds)
        return (deadlines + [connection.dueNanoseconds].compactMap(\.self)).min()
    }

    // MARK: Beginning and ending

    func begin(_ job: BusJob, _ number: UInt64) {
        let abandoned = awaited.values.count { jobs[$0.job] == nil }
        guard abandoned < Self.abandonedMax else {
            return job.order.listener.ended(
                BusFailure(
                    .tooMany,
                    "\(abandoned) calls on the \(bus.name) bus were given up and are not answered "
                        + "yet"))
        }
        jobs[number] = job
        idleSinceNanoseconds = nil
        do throws(BusFailure) {
            switch job.order.work {
            case .call(let call): try begin(call, number)
            case .listening(let match): try begin(job, match, number)
            }
        } catch {
            end(number, error)
        }
    }

    private func begin(_ call: BusCall, _ number: UInt64) throws(BusFailure) {
        guard call.owner == nil else {
            return try ask(
                .ownerOfDestination, BusDriver.call("GetNameOwner", call.destination), number
            )
        }
        try ask(.answer, call, number)
    }

    /// In this order: whoever sends a signal that comes is known before it comes.
    private func begin(
        _ job: BusJob, _ match: BusMatch, _ number: UInt64
    ) throws(BusFailure) {
        try add(match.ownerRule, job, number)
        try ask(.ownerOfSender, BusDriver.call("GetNameOwner", match.sender), number)
        try add(match.rule, job, number)
    }

    private func add(_ rule: String, _ job: BusJob, _ number: UInt64) throws(BusFailure) {
        try ask(.match(rule: rule), BusDriver.call("AddMatch", rule), number)
        job.rules.append(rule)
    }

    private func ask(
        _ what: Awaited.What, _ call: BusCall, _ number: UInt64
    ) throws(BusFailure) {
        awaited[try connection.send(call)] = Awaited(job: number, what: what)
    }

    /// Ends one for which nothing more can come; nothing happens if it has ended.
    func end(_ number: UInt64, _ failure: BusFailure) {
        take(number)?.order.listener.ended(failure)
    }

    private func take(_ number: UInt64) -> BusJob? {
        guard let job = jobs.removeValue(forKey: number) else { return nil }
        for rule in job.rules {
            // A bus that does not hear it any more has forgotten the rule already.
            _ = try? connection.send(BusDriver.call("RemoveMatch", rule), wantsAnswer: false)
        }
        if jobs.isEmpty { idleSinceNanoseconds = SystemClock.monotonicNanoseconds }
        return job
    }

    func endAll(_ failure: BusFailure) {
        for number in jobs.keys { end(number, failure) }
    }

    func hasRoom(_ number: UInt64) {
        jobs[number]?.tellWhatWaits()
    }

    func endOverdue(now: UInt64) {
        for (number, job) in jobs {
            guard let deadline = job.deadlineNanoseconds, deadline <= now else { continue }
            end(number, job.order.overdue)
        }
    }

    // MARK: What comes

    /// Deals with what has come; whether there is more. Throws when the connection is lost.
    func serve() throws(BusFailure) -> Bool {
        for _ in 0..<Self.messagesInRowMax {
            let step: BusConnection.Step
            do throws(BusFailure) { step = try connection.step() } catch { throw lost(error) }
            if !wasReady { wasReady = connection.isReady }
            switch step {
            case .message(let message): take(message)
            case .again: break
            case .nothing: return false
            }
        }
        return true
    }

    private func lost(_ failure: BusFailure) -> BusFailure {
        wasReady
            ? BusFailure(.gone, "the \(bus.name) bus has ended the connection: \(failure)")
            : BusFailure(.unreachable, "the \(bus.name) bus cannot be reached: \(failure)")
    }

    private func take(_ message: BusMessage) {
        switch message.kind {
        case .answer, .error:
            guard let awaited = message.answered.flatMap({ awaited.removeValue(forKey: $0) }) else {
                return
            }
            take(message, awaited)
        case .signal: hear(message)
        case .call: connection.refuse(message)
        case .other: break
        }
    }

    private func take(_ message: BusMessage, _ awaited: Awaited) {
        guard let job = jobs[awaited.job] else { return }
        let error = message.kind == .error ? message.error : nil
        switch awaited.what {
        case .answer:
            guard let job = take(awaited.job) else { return }
            if let error {
                job.order.listener.answered(.error(name: error.name, message: error.message))
            } else {
                job.answered(by: message)
            }
        case .ownerOfDestination:
            guard case .call(let call) = job.order.work else { return }
            callOwner(call, awaited.job, error == nil ? message.texts().first : nil)
        case .ownerOfSender:
            // An error says that nobody has the name.
            job.setOwner(error == nil ? message.texts().first ?? "" : "")
            job.confirm()
        case .match(let rule):
            guard let error else { return job.confirm() }
            job.rules.removeAll { $0 == rule }
            end(
                awaited.job,
                BusFailure(
                    .gone,
                    "the \(bus.name) bus does not tell of signals: \(error.message)"))
        }
    }

    private func callOwner(_ call: BusCall, _ number: UInt64, _ owner: String?) {
        guard let wanted = call.owner, owner == wanted else {
            return end(
                number,
                BusFailure(
                    .notFound,
                    "\(call.owner ?? "") does not have the name \(call.destination) on the "
                        + "\(bus.name) bus"
                        + (owner.map { ", but \($0)" } ?? ": nobody has")))
        }
        do throws(BusFailure) {
            try ask(.answer, call, number)
        } catch {
            end(number, error)
        }
    }

    private func hear(_ signal: BusMessage) {
        let sender = signal.sender
        if sender == BusDriver.name {
            guard signal.member == "NameOwnerChanged", signal.interface == BusDriver.name else {
                return
            }
            let texts = signal.texts()
            if texts.count == 3 { setOwner(of: texts[0], texts[2]) }
        } else {
            for job in jobs.values {
                guard case .listening(let match) = job.order.work else { continue }
                job.hear(signal, from: sender, of: match)
            }
        }
    }

    private func setOwner(of name: String, _ owner: String) {
        for job in jobs.values {
            if case .listening(let match) = job.order.work, match.sender == name {
                job.setOwner(owner)
            }
        }
    }
}
