package import KernelClient
import KernelTerminal
package import KernelWire
import ModuleJSON

/// A command that asks the kernel one thing, prints the answer, and ends.
package struct QuestionCommand: Sendable {
    /// What the kernel said, as JSON for scripts and as text for people.
    package struct Answer {
        private let makeJSON: () throws -> JSON
        private let makeText: () -> StyledText
        var status = ExitStatus.ok
        /// The text says what went wrong, and is not what was asked for.
        var isComplaint = false

        /// Only what is printed is made.
        init(
            json: @autoclosure @escaping () throws -> JSON,
            text: @autoclosure @escaping () -> StyledText,
            status: ExitStatus = .ok, isComplaint: Bool = false
        ) {
            makeJSON = json
            makeText = text
            self.status = status
            self.isComplaint = isComplaint
        }

        var json: JSON { get throws { try makeJSON() } }
        var text: StyledText { makeText() }
    }

    /// The width that tables may have is the last argument.
    package typealias Question = @Sendable (WireClient, Welcome, Int) throws -> Answer

    private let client: WireClient
    private let question: Question
    private let printsJSON: Bool
    private let streams: CommandStreams

    package init(
        _ transport: any WireTransport, _ introduction: Introduction, printsJSON: Bool,
        _ streams: CommandStreams = CommandStreams(), _ question: @escaping Question
    ) {
        client = WireClient(transport, introduction)
        self.question = question
        self.printsJSON = printsJSON
        self.streams = streams
    }

    /// From any thread: `run` waits no longer.
    package func interrupt() { client.close() }

    /// To be called on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        do {
            try client.start(onNotification: { _, _ in })
            let welcome = try client.request(Welcome.self)
            let answer = try question(client, welcome, streams.columnsMax)
            switch (printsJSON, answer.isComplaint) {
            case (true, _): streams.print(StyledText(try answer.json.pretty()))
            case (false, false): streams.print(answer.text)
            case (false, true): streams.printError(StyledText("kernel: ", .error) + answer.text)
            }
            return streams.finish(answer.status)
        } catch {
            if client.isLeft { return .interrupted }
            streams.printError(StyledText("kernel: \(error)", .error))
            return (error as? WireError)?.isNotFound == true ? .notFound : .failed
        }
    }
}

extension QuestionCommand {
    /// `kernel modules`
    package static let modules: Question = { _, welcome, columnsMax in
        let listing = ModuleListing(welcome.modules, isSafeMode: welcome.isSafeMode == true)
        return Answer(
            json: try JSON.encode(welcome.modules),
            text: .lines(listing.lines(columnsMax: columnsMax)))
    }

    /// `kernel health`: of one module, or of all. Alone, this process is asked how a kernel would
    /// begin.
    package static func health(_ module: String?, isFull: Bool, isAlone: Bool) -> Question {
        { client, welcome, columnsMax in
            let params: JSON = [
                "module": module.map { .string($0) } ?? .null, "full": .bool(isFull),
            ]
            var report: HealthReport = try client.request(HealthReport.method, params)
            if isAlone {
                let folder = welcome.stateFolder.map { " on \($0)" } ?? ""
                let sentence = "no kernel is running\(folder): this is how one would begin"
                report.troubles = [sentence] + (report.troubles ?? [])
            }
            let known = report
            return Answer(
                json: try JSON.encode(known),
                text: .lines(HealthTable(known).lines(columnsMax: columnsMax)),
                status: isAlone ? .notRunning : known.isGood ? .ok : .failed)
        }
    }

    /// `kernel backup`
    package static func backUp(to path: String) -> Question {
        { client, _, _ in
            let copy: BackUp = try client.request(BackUp.method, ["path": .string(path)])
            return Answer(json: try JSON.encode(copy), text: StyledText("\(copy.path) is written."))
        }
    }

    /// `kernel module lift`
    package static func lift(_ id: String) -> Question {
        { client, _, _ in
            let outcome: LiftModule.Outcome = try client.request(
                LiftModule.method, ["id": .string(id)])
            return Answer(json: try JSON.encode(outcome), text: LiftText.line(id, outcome))
        }
    }

    /// `kernel module reload`: the answer comes once it is over, which the deadlines of the kernel
    /// see to.
    package static func reload(_ id: String) -> Question {
        { client, _, _ in
            let json = try client.request(WireMethod.reloadModule, ["id": .string(id)])
            let news: KernelNews = try WireClient.decode(json, method: WireMethod.reloadModule)
            let isDone = news.tone == "success"
            return Answer(
                json: json, text: StyledText(news.sentence, isDone ? .plain : .error),
                status: isDone ? .ok : .failed, isComplaint: !isDone)
        }
    }

    /// `kernel config show`, of a kernel that runs.
    package static let configuration: Question = { client, welcome, _ in
        let reply = try client.request(WireMethod.showConfiguration)
        let text = reply["text"]?.string ?? ""
        let head = StyledText("# in force in the kernel that runs, process \(welcome.process)\n")
        return Answer(
            json: reply["json"] ?? .null,
            text: head + StyledText(text.hasSuffix("\n") ? String(text.dropLast()) : text))
    }
}
