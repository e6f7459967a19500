import KernelClient
import KernelTerminal
import KernelWire
import ModuleJSON

/// What a line makes happen, on the thread that works on lines.
extension ReplSession {
    func perform(_ text: String) {
        guard !client.isClosed || canReconnect else { return kernelIsGone() }
        do throws(CommandProblem) {
            perform(try understand(text))
        } catch {
            fail(error, error.isOutOfService ? Repl.failed : Repl.notUnderstood)
        }
    }

    /// A task that is not known may have come into service since this client last asked.
    private func understand(_ text: String) throws(CommandProblem) -> ReplLine {
        let known = knownModules
        let first = Result { () throws(CommandProblem) in try ReplLine(text, known) }
        if case .success(let line) = first, !line.mayBeTask { return line }
        guard let modules: [ModuleDescription] = try? client.request(WireMethod.listModules)
        else { return try first.get() }
        learn(modules)
        guard knownModules != known else { return try first.get() }
        return try ReplLine(text, knownModules)
    }

    private func perform(_ line: ReplLine) {
        guard !isReconnecting || line.needsNoKernel else {
            return fail(
                "Not done, since there is no kernel yet: the line is in the history.", Repl.failed)
        }
        switch line {
        case .nothing: break
        case .call(let run): call(run)
        case .chat(let text): say(text)
        case .newChat:
            ask(OwnChat.new) { (_: OwnChat) in [StyledText("A new chat begins.", .dim)] }
        case .model(let line): perform(line)
        case .modules:
            ask(WireMethod.listModules) { (modules: [ModuleDescription]) in
                self.learn(modules)
                return ModuleListing(modules, isSafeMode: self.isSafeMode)
                    .lines(columnsMax: self.output.columnsMax)
            }
        case .module(let id): showModule(id)
        case .reload(let id): reload(id)
        case .lift(let id):
            ask(LiftModule.method, ["id": .string(id)]) { (outcome: LiftModule.Outcome) in
                [LiftText.line(id, outcome)]
            }
        case .health(let module):
            let params: JSON = module.map { ["module": .string($0)] } ?? [:]
            ask(HealthReport.method, params) { (report: HealthReport) in
                HealthTable(report).lines(columnsMax: self.output.columnsMax)
            }
        case .tasks: showTasks()
        case .submit(let run): submit(run)
        case .task(let action, let id): perform(action, id)
        case .cancel(let number):
            ask(CancelCall.method, ["call": .integer(Int64(clamping: number))]) { (_: JSON) in
                [StyledText("Call \(number) is asked to end.", .dim)]
            }
        case .configuration: ask(WireMethod.showConfiguration) { Self.configuration($0) }
        case .log(let count, let module): showLog(count, module)
        case .help(let topic): show(HelpScreen(knownModules).lines(topic, output.columnsMax))
        case .quit: output.stop()
        }
    }

    /// Asks the kernel, waits, and shows what `view` makes of the answer.
    func ask<Content: Decodable>(
        _ method: String, _ params: JSON = [:], view: (Content) -> [StyledText]
    ) {
        do throws(WireError) {
            show(view(try client.request(method, params)))
        } catch {
            if !client.isLeft { fail(error, Repl.failed) }
        }
    }

    func show(_ lines: [StyledText]) {
        if !lines.isEmpty { output.result(.lines(lines)) }
    }

    /// With a person the next line can be typed meanwhile, and what comes of it is news; a script
    /// waits for its end.
    private func reload(_ id: String) {
        let params: JSON = ["id": .string(id)]
        guard output.isInteractive else {
            return ask(WireMethod.reloadModule, params) { (news: KernelNews) in
                if news.tone != "success" { note(Repl.failed) }
                return [NewsLines.text(news)]
            }
        }
        client.send(WireMethod.reloadModule, params) { reply in
            switch reply {
            case .success(let json):
                // Nothing happened, so that there was no news.
                if json["event"]?.string == "unchanged", let text = json["text"]?.string {
                    self.output.aside(StyledText(text, .warning))
                }
            case .failure(let error): self.fail(error, Repl.failed)
            }
        }
    }

    private func showModule(_ id: String) {
        ask(WireMethod.listModules) { (modules: [ModuleDescription]) in
            self.learn(modules)
            guard let module = modules.first(where: { $0.id == id }) else {
                return [StyledText("\(id) is out of service.")]
            }
            return ModuleDetails(module).lines(columnsMax: self.output.columnsMax)
        }
    }

    private func showLog(_ count: Int, _ module: String?) {
        var params: JSONObject = ["count": .integer(Int64(count))]
        if let module { params["module"] = .string(module) }
        ask(WireMethod.recentLog, .object(params)) { (entries: [LogEntry]) in
            guard entries.isEmpty else { return entries.map { LogText.line($0) } }
            return [StyledText("The log has no lines\(module.map { " of \($0)" } ?? "").", .dim)]
        }
    }

    private static func configuration(_ reply: JSON) -> [StyledText] {
        let text = reply["text"]?.string ?? reply.pretty()
        return [StyledText(text.hasSuffix("\n") ? String(text.dropLast()) : text)]
    }
}

extension ReplLine {
    fileprivate var needsNoKernel: Bool {
        switch self {
        case .nothing, .help, .quit: true
        default: false
        }
    }
}
