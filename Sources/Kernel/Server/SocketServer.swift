package import KernelSystem
package import KernelWire
import Synchronization

/// Takes clients on at a socket, and serves all of them on one thread, which sleeps while there is
/// nothing to do.
package final class SocketServer: Sendable {
    package struct Options: Sendable {
        package var clientsMax = 4_096
        /// Who connects has so long to introduce itself.
        package var introductionSeconds = 30.0
        /// A client that takes nothing of much that waits for it is given up after so long.
        package var standstillSeconds = 60.0
        /// When this process may open no more files, nobody is taken on for so long.
        package var pauseMilliseconds: UInt64 = 250

        package init() {}
    }

    private struct Door: ~Copyable {
        var listener: FileDescriptor?
        var isStopping = false
    }

    /// Only the I/O thread's.
    private struct Table {
        var connections: [UInt64: SocketConnection] = [:]
        var lastToken = SocketServer.listenerToken
        var strangers: Set<UInt64> = []
        var pausedUntilNanoseconds: UInt64?
        var nextSweepNanoseconds: UInt64 = 0
    }

    private let door: Mutex<Door>
    private let hasStopped = Condition(false)
    /// Whether something may wait for a client that takes nothing.
    private let somethingWaits = Atomic(false)
    private let poller: Poller
    private let wakeUp: WakeUp
    private let pool: ThreadPool
    private let options: Options
    private let accept: @Sendable (any WireTransport) -> Void
    private let warn: @Sendable (String) -> Void
    private let counts = Atomic(0)

    private static let wakeUpToken: UInt64 = 0
    private static let listenerToken: UInt64 = 1
    /// In one turn: those that are there already are served in between.
    private static let acceptedAtOnceMax = 64
    private static let sweepNanoseconds: UInt64 = 1_000_000_000
    /// What all clients together may have sent of lines that have not ended.
    private static let pendingBytesMax = 256 << 20
    /// How long the end waits for clients to take what was said to them.
    private static let flushNanoseconds: UInt64 = 500_000_000

    /// `accept` is called with each new client on the I/O thread; `pool` is for what takes longer.
    package init(
        _ listener: consuming FileDescriptor, pool: ThreadPool, options: Options = Options(),
        accept: @escaping @Sendable (any WireTransport) -> Void,
        warn: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        poller = try Poller()
        wakeUp = try WakeUp()
        try listener.setNonblocking(true)
        try poller.add(wakeUp.descriptor.raw, token: Self.wakeUpToken)
        try poller.add(listener.raw, token: Self.listenerToken, for: .reading)
        door = Mutex(Door(listener: consume listener))
        self.pool = pool
        self.options = options
        self.accept = accept
        self.warn = warn
    }

    package func start() throws(SystemError) {
        try SystemThread.start(name: "clients") {
            var table = Table()
            while self.turn(&table) {}
            self.finish(&table)
        }
    }

    /// How many clients are connected.
    package var clientCount: Int { counts.load(ordering: .relaxed) }

    /// Takes nobody on from now on; who is connected stays.
    package func stopAccepting() {
        door.withLock { door in
            guard let raw = door.listener?.raw else { return }
            try? poller.remove(raw)
            door.listener = nil
        }
    }

    /// Ends all connections, once what was said is sent or a moment has passed.
    package func stop() {
        stopAccepting()
        door.withLock { $0.isStopping = true }
        wakeUp.signal()
        let deadline = SystemClock.monotonicNanoseconds + 2 * Self.flushNanoseconds
        _ = hasStopped.wait(untilNanoseconds: deadline) { $0 ? true : nil }
    }

    // MARK: - On the I/O thread

    private func turn(_ table: inout Table) -> Bool {
        let events: [Poller.Event]
        do throws(SystemError) {
            events = try poller.events(timeoutMilliseconds: patience(table))
        } catch {
            warn("clients cannot be served any more: \(error)")
            return false
        }
        for event in events {
            switch event.token {
            case Self.wakeUpToken: wakeUp.clear()
            case Self.listenerToken: takeOn(&table)
            default: serve(event, &table)
            }
        }
        let now = SystemClock.monotonicNanoseconds
        resume(&table, now)
        if now >= table.nextSweepNanoseconds { sweep(&table, now) }
        return !door.withLock { $0.isStopping }
    }

    /// Nil, for ever, while nothing has a deadline.
    private func patience(_ table: Table) -> Int32? {
        if table.pausedUntilNanoseconds != nil { return Int32(options.pauseMilliseconds) }
        let mustSweep = !table.strangers.isEmpty || somethingWaits.load(ordering: .acquiring)
        return mustSweep ? Int32(Self.sweepNanoseconds / 1_000_000) : nil
    }

    private func serve(_ event: Poller.Event, _ table: inout Table) {
        guard let connection = table.connections[event.token] else { return }
        guard connection.serve(event) else { return end(connection, &table) }
        if table.strangers.contains(event.token), connection.isIntroduced {
            table.strangers.remove(event.token)
        }
    }

    private func end(_ connection: SocketConnection, _ table: inout Table) {
        table.connections.removeValue(forKey: connection.token)
        table.strangers.remove(connection.token)
        counts.store(table.connections.count, ordering: .relaxed)
        connection.end()
    }

    // MARK: Taking on

    private func takeOn(_ table: inout Table) {
        for _ in 0..<Self.acceptedAtOnceMax {
            do throws(SystemError) {
                guard let descriptor = try next() else { return }
                try takeOn(descriptor, &table)
            } catch {
                return pause(&table, error)
            }
        }
    }

    private func next() throws(SystemError) -> FileDescriptor? {
        try door.withLock { door throws(SystemError) -> FileDescriptor? in
            switch door.listener {
            case .some(let listener): try UnixSocket.accept(listener)
            case .none: nil
            }
        }
    }

    private func takeOn(
        _ descriptor: consuming FileDescriptor, _ table: inout Table
    ) throws(SystemError) {
        let peer = try UnixSocket.peer(of: descriptor)
        table.lastToken += 1
        let raw = descriptor.raw
        let connection = SocketConnection(descriptor, token: table.lastToken, loop: self)
        try poller.add(raw, token: connection.token, for: .reading)
        table.connections[connection.token] = connection
        table.strangers.insert(connection.token)
        counts.store(table.connections.count, ordering: .relaxed)
        if let refusal = refusal(of: peer, count: table.connections.count) {
            connection.refuse(refusal)
        } else {
            accept(connection)
        }
    }

    /// The socket is its user's alone. Root could read all of the kernel's memory anyway, but what
    /// root starts by mistake would then be done as somebody else.
    private func refusal(of peer: UnixSocket.Peer, count: Int) -> WireError? {
        guard peer.user == ProcessFacts.user else {
            return .denied(
                "this kernel serves user \(ProcessFacts.user) alone, not user \(peer.user): run "
                    + "the command as that user")
        }
        guard count <= options.clientsMax else {
            return .busy("\(options.clientsMax) clients are connected: close some")
        }
        return nil
    }

    /// Without a free descriptor the client stays where it is, and the socket stays readable: who
    /// went on to ask would do nothing else.
    private func pause(_ table: inout Table, _ error: SystemError) {
        let isRemoved = door.withLock { door in
            guard let raw = door.listener?.raw else { return false }
            return (try? poller.remove(raw)) != nil
        }
        guard isRemoved else { return }
        table.pausedUntilNanoseconds =
            SystemClock.monotonicNanoseconds + options.pauseMilliseconds * 1_000_000
        warn(
            "no client can be taken on for the moment, with \(table.connections.count) connected: "
                + "\(error.reason)")
    }

    private func resume(_ table: inout Table, _ now: UInt64) {
        guard let until = table.pausedUntilNanoseconds, now >= until else { return }
        table.pausedUntilNanoseconds = nil
        door.withLock { door in
            guard let raw = door.listener?.raw else { return }
            try? poller.add(raw, token: Self.listenerToken, for: .reading)
        }
    }

    // MARK: Limits

    private func sweep(_ table: inout Table, _ now: UInt64) {
        table.nextSweepNanoseconds = now + Self.sweepNanoseconds
        let patience = UInt64(options.introductionSeconds * 1e9)
        for token in table.strangers {
            guard let connection = table.connections[token] else { continue }
            if connection.isIntroduced {
                table.strangers.remove(token)
            } else if now - min(now, connection.openedNanoseconds) > patience {
                connection.refuse(.badRequest("no \"initialize\" came: the connection ends"))
            }
        }
        somethingWaits.store(false, ordering: .sequentiallyConsistent)
        if table.connections.values.contains(where: \.hasWaiting) { noteWaiting() }
        let standstill = UInt64(options.standstillSeconds * 1e9)
        for connection in table.connections.values {
            guard let since = connection.standstill(now), since > standstill else { continue }
            end(connection, &table)
        }
        limitPending(table)
    }

    private func limitPending(_ table: Table) {
        let pending = table.connections.values.map { ($0, $0.pendingBytes) }
        let whole = pending.reduce(0) { $0 + $1.1 }
        guard whole > Self.pendingBytesMax, let most = pending.max(by: { $0.1 < $1.1 }) else {
            return
        }
        most.0.refuse(.busy("all clients together are sending too much: the connection ends"))
    }

    // MARK: The end

    private func finish(_ table: inout Table) {
        for connection in table.connections.values { connection.close() }
        let deadline = SystemClock.monotonicNanoseconds + Self.flushNanoseconds
        while !table.connections.isEmpty {
            let now = SystemClock.monotonicNanoseconds
            guard now < deadline,
                let events = try? poller.events(
                    timeoutMilliseconds: Int32((deadline - now) / 1_000_000 + 1))
            else { break }
            for event in events { serve(event, &table) }
        }
        for connection in table.connections.values { end(connection, &table) }
        hasStopped.withLock { $0 = true }
        hasStopped.broadcast()
    }
}

extension SocketServer: SocketLoop {
    func wait(for interest: Poller.Interest, _ fd: Int32, token: UInt64) {
        // It is in the poller as long as the connection has it.
        try? poller.change(fd, token: token, to: interest)
    }

    func noteWaiting() {
        let isNew = !somethingWaits.exchange(true, ordering: .sequentiallyConsistent)
        if isNew { wakeUp.signal() }
    }

    func elsewhere(_ job: @escaping @Sendable () -> Void) {
        pool.run(job)
    }
}
