import KernelBase
import KernelModels
import KernelSystem
import ModuleChat

/// What servers are asked: whether they are ready, what they have, whether they are somebody's who
/// has the model already.
extension LocalLoop {
    private static let healthSecondsMin = 0.02
    private static let healthSecondsMax = 0.25
    private static let ordinaryPort: UInt16 = 8_080

    // MARK: Of a server that loads

    func askHealth(_ server: LocalServer) {
        ask(server, server.base + "/health", key: nil)
        // Often at first: a small model is there in a quarter of a second.
        let elapsed = Double(SystemClock.monotonicNanoseconds - server.startedNanoseconds) / 1e9
        let pause = min(max(elapsed / 10, Self.healthSecondsMin), Self.healthSecondsMax)
        server.nextQuestion = SystemClock.monotonicNanoseconds + UInt64(pause * 1e9)
    }

    func answered(_ question: UInt64, _ answer: ShortRequest.Answer) {
        guard let server = servers.values.first(where: { $0.question == question }) else { return }
        server.question = nil
        switch server.life.state {
        case .looking: looked(server, answer)
        case .starting, .loading: heard(server, answer)
        default: break
        }
    }

    private func heard(_ server: LocalServer, _ answer: ShortRequest.Answer) {
        if let properties = ServerProperties(answer.body), answer.status == 200 {
            return isReady(server, properties)
        }
        switch answer.status {
        case 200: ask(server, server.base + "/props", key: server.key)
        case 503: feed(server, .answersLoading)
        case 401, 403, 404:
            feed(
                server,
                .answersWrongly(
                    "its server answers with status \(answer.status): is it a llama-server?"))
        default: break
        }
    }

    private func isReady(_ server: LocalServer, _ properties: ServerProperties) {
        // Somebody else may have taken the port before our server could.
        guard server.process != nil,
            properties.modelFile == nil || properties.modelFile == server.modelFile
        else { return }
        server.loaded = LoadedModel(
            endpoint: server.endpoint(base: server.base, key: server.key), dialect: Self.dialect,
            info: properties.info(server.model))
        remember(server)
        feed(server, .answersReady)
    }

    private func remember(_ server: LocalServer) {
        guard let process = server.process, server.startedNanoseconds > 0 else { return }
        let seconds = Double(SystemClock.monotonicNanoseconds - server.startedNanoseconds) / 1e9
        server.expectedLoadSeconds = seconds
        loadSeconds[server.name] = seconds
        folder.write(loadSeconds: loadSeconds)
        let window = server.loaded?.info.windowTokens.map { ", a window of \($0) tokens" } ?? ""
        let memory = Amount.memory(bytes: process.residentBytes ?? 0)
        let time = Amount.duration(milliseconds: seconds * 1_000)
        tell(server, .info, "loaded in \(time): \(memory)\(window)")
    }

    /// That of the module `openai`, which speaks to llama-server.
    private static let dialect = "openai"

    private func ask(_ server: LocalServer, _ url: String, key: String?) {
        let number = nextQuestionNumber()
        server.question = number
        let orders = orders
        ShortRequest.get(url, key: key, client) { orders.give(.answered(number, $0)) }
    }

    // MARK: Of somebody else's

    func lookForLent(_ server: LocalServer) {
        let own = Set(servers.values.compactMap { $0.process == nil ? nil : $0.port })
        var ports = [Self.ordinaryPort]
        if let port = server.model.port, port != Self.ordinaryPort { ports.insert(port, at: 0) }
        // Another user could pretend to have it, to read along.
        server.portsToLookAt = ports.filter {
            setup.adoptsRunning && !own.contains($0)
                && LoopbackPort.listeningUser($0) == ProcessFacts.user
        }
        lookFurther(server)
    }

    private func lookFurther(_ server: LocalServer) {
        guard let port = server.portsToLookAt.first else { return feed(server, .foundNone) }
        ask(server, "http://127.0.0.1:\(port)/props", key: nil)
    }

    private func looked(_ server: LocalServer, _ answer: ShortRequest.Answer) {
        guard let port = server.portsToLookAt.first else { return feed(server, .foundNone) }
        server.portsToLookAt.removeFirst()
        guard answer.status == 200, let properties = ServerProperties(answer.body),
            Self.isSameFile(properties.modelFile, server.model.file)
        else { return lookFurther(server) }
        server.loaded = LoadedModel(
            endpoint: server.endpoint(base: "http://127.0.0.1:\(port)", key: nil),
            dialect: Self.dialect, info: properties.info(server.model))
        tell(server, .info, "a llama-server that already runs at port \(port) has it")
        feed(server, .foundLent)
    }

    private static func isSameFile(_ one: String?, _ other: String) -> Bool {
        guard let one, one.hasPrefix("/"), let first = try? Files.status(one),
            let second = try? Files.status(other)
        else { return false }
        return first.isSameFile(as: second)
    }

    // MARK: Of a kernel before this one

    /// What it has left running is ours now; what is configured no more, or in another way, ends.
    func inherit() {
        for (name, record) in folder.takeOver() {
            guard let process = ServerProcess(record) else {
                folder.forget(name, process: record.process)
                continue
            }
            let server = self.server(named: name)
            // Of several with one name the first is enough.
            let isWanted = server.map { $0.process == nil && isConfigured($0, record) } ?? false
            let heir = isWanted ? server ?? addStray(name) : addStray(name)
            heir.process = process
            heir.line = record.command
            heir.port = record.port
            heir.key = record.key
            heir.memoryBytes =
                isWanted ? try? memoryBytes(of: heir.model) : process.residentBytes
            watch(heir, process)
            feed(heir, .inherited)
            if isWanted {
                tell(heir, .info, "its server, which a kernel before this one started, still runs")
            } else {
                feed(heir, .rest)
            }
        }
    }

    private func isConfigured(_ server: LocalServer, _ record: ServerRecord) -> Bool {
        guard let line = try? command(for: server).line else { return false }
        server.key = ""
        server.port = nil
        return ServerCommand.fingerprint(line) == ServerCommand.fingerprint(record.command)
    }
}
