import KernelBase
import KernelModels
import KernelSystem
import ModuleChat

/// How servers begin and end.
extension LocalLoop {
    // MARK: Room

    func makeRoom(for server: LocalServer) {
        do throws(GGUFProblem) {
            let bytes = try memoryBytes(of: server.model)
            server.memoryBytes = bytes
            switch room(besides: server).verdict(on: server.name, bytes: bytes) {
            case .fits: feed(server, .room)
            case .waits(let names):
                for name in names { self.server(named: name).map { feed($0, .rest) } }
            case .refused(let reason): feed(server, .noRoom(reason))
            }
        } catch {
            feed(server, .noRoom("\(error)"))
        }
    }

    private func room(besides server: LocalServer) -> MemoryRoom {
        var room = MemoryRoom(
            bytes: setup.memoryBytes ?? ProcessFacts.machineMemoryBytes / 2)
        for other in servers.values where other !== server && other.life.isRunning {
            let isLeaving = if case .stopping = other.life.state { true } else { false }
            room.tenants.append(
                MemoryRoom.Tenant(
                    name: other.name, bytes: other.memoryBytes ?? 0, isWanted: other.isWanted,
                    isLeaving: isLeaving, idleSince: other.life.idleSince))
        }
        return room
    }

    /// Something has ended: whoever waits for room may have it now.
    private func giveRoom() {
        for server in Array(servers.values) where server.life.state == .waitingForRoom {
            makeRoom(for: server)
        }
    }

    private func header(of file: String) throws(GGUFProblem) -> GGUFHeader {
        let status = (try? Files.statusIfPresent(file)) ?? nil
        if let status, let known = headers[file], known.status.isSameContent(as: status) {
            return known.header
        }
        let header = try GGUFHeader(file)
        if let status { headers[file] = (status, header) }
        return header
    }

    func memoryBytes(of model: LocalModel) throws(GGUFProblem) -> Int {
        let header = try header(of: model.file)
        if let bytes = model.memoryBytes { return bytes }
        let command = ServerCommand(model, header, program: "", port: 0, key: "")
        let projector = model.projector.flatMap { try? Files.status($0) }?.bytes ?? 0
        let bytes = header.memoryBytes(contextTokens: command.contextTokens)
        let (sum, isTooMuch) = bytes.addingReportingOverflow(Int(clamping: projector))
        return isTooMuch ? Int.max : sum
    }

    // MARK: Beginning

    func start(_ server: LocalServer) {
        do throws(ServerNotStarted) {
            let command = try command(for: server)
            folder.beginLog(of: server.name)
            let process: ServerProcess
            do throws(SystemError) {
                process = try ServerProcess(command, log: folder.log(of: server.name))
            } catch {
                throw ServerNotStarted("\(error)")
            }
            begin(server, process, command)
        } catch {
            feed(server, .startFailed(error.description))
        }
    }

    func command(for server: LocalServer) throws(ServerNotStarted) -> ServerCommand {
        let model = server.model
        if let problem = ServerCommand.problem(of: model) { throw ServerNotStarted(problem) }
        let header: GGUFHeader
        do throws(GGUFProblem) {
            header = try self.header(of: model.file)
        } catch {
            throw ServerNotStarted("\(error)")
        }
        let program = try program()
        let port = try port(for: server)
        if server.key.isEmpty { server.key = Self.newKey() }
        server.port = port
        return ServerCommand(model, header, program: program, port: port, key: server.key)
    }

    private func port(for server: LocalServer) throws(ServerNotStarted) -> UInt16 {
        if let port = server.model.port ?? server.port { return port }
        do throws(SystemError) {
            return try LoopbackPort.free()
        } catch {
            throw ServerNotStarted("\(error)")
        }
    }

    /// Whose change makes a failed start worth another try.
    func files(of server: LocalServer) -> [FileStatus?] {
        let model = server.model
        let paths = [
            model.file, model.projector, model.chatTemplate, setup.program, places.fetchedProgram,
        ]
        return paths.compactMap { $0 }.map { path in (try? Files.statusIfPresent(path)) ?? nil }
    }

    private func program() throws(ServerNotStarted) -> String {
        if let program = setup.program {
            guard Files.isExecutable(program) else {
                throw ServerNotStarted(
                    "\(program), which `server` in [local] names, cannot be executed")
            }
            return program
        }
        if let fetched = places.fetchedProgram, Files.isExecutable(fetched) { return fetched }
        guard let found = ProgramPath.find("llama-server") else {
            throw ServerNotStarted(
                "there is no llama-server: `kernel setup` gets one, or write server = \"…\" to "
                    + "[local] in kernel.toml")
        }
        return found
    }

    private static func newKey() -> String {
        var generator = SystemRandomNumberGenerator()
        let parts = [generator.next() as UInt64, generator.next()]
        return parts.map { String($0, radix: 16) }.joined()
    }

    private func begin(_ server: LocalServer, _ process: ServerProcess, _ command: ServerCommand) {
        server.process = process
        server.line = command.line
        server.contextTokens = command.contextTokens
        server.loaded = nil
        server.isStale = false
        server.startedNanoseconds = SystemClock.monotonicNanoseconds
        server.nextQuestion = server.startedNanoseconds
        server.lastFraction = 0
        watch(server, process)
        let record = ServerRecord(
            process, port: server.port ?? 0, key: server.key, command: command.line)
        do throws(SystemError) {
            try folder.write(record, of: server.name)
        } catch {
            tell(server, .warning, "a kernel after this one will not find its server: \(error)")
        }
    }

    // MARK: Ending

    func processEnded(_ server: LocalServer) {
        guard let process = server.process else { return }
        unwatch(process)
        let how = process.end()
        let wasReady = server.life.state == .ready
        server.process = nil
        server.loaded = nil
        server.question = nil
        folder.forget(server.name, process: process.number)
        let log = folder.lastLines(of: server.name)
        let words = how.map { "\($0)" }
        let end =
            wasReady
            ? ServerComplaint.crash(of: log, how: words)
            : ServerComplaint.end(ofLoading: log, how: words, port: server.port ?? 0)
        if case .stopping = server.life.state {} else { server.lastReason = end.reason }
        if wasReady {
            server.crashedHolders = server.holders
            server.tellExplanations(end.reason)
        }
        // Whoever still talks to it finds the next one at the same place, unless it was taken.
        if end.kind == .portTaken { server.port = nil }
        feed(server, .ended(end))
        switch server.life.state {
        case .idle:
            server.port = nil
            server.key = ""
            if !isStopping { tell(server, .info, "unloaded") }
        case .pausing:
            let place = wasReady ? "its server has crashed" : "its server crashed in loading"
            tell(server, .error, "\(place): \(end.reason)")
        default: break
        }
        giveRoom()
    }
}

/// Why a server cannot even be started.
struct ServerNotStarted: Error, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
