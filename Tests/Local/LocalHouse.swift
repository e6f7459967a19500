import KernelHTTP
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import Testing

@testable import KernelLocal

/// Local models with a folder of their own. Whatever they have started has ended when it is gone.
final class LocalHouse: Sendable {
    let folder: TemporaryFolder
    let models: LocalModels
    let client = HTTPClient()
    private let news = Condition<[String]>([])
    private let heardLoads = Condition<[LocalLoad]>([])

    static let waitSeconds = 60.0

    init(program: String? = nil, in folder: TemporaryFolder? = nil) throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        let (news, heardLoads) = (news, heardLoads)
        let program = try program.map { try TiedProgram.make($0, in: folder) }
        models = LocalModels(
            LocalModels.Places(folder: folder.file("local"), fetchedProgram: program),
            client: client,
            news: { one in
                news.withLock { $0.append("\(one.model): \(one.text)") }
                news.broadcast()
            }, loads: { load in heardLoads.withLock { $0.append(load) } })
    }

    deinit {
        stop()
    }

    func stop() {
        models.stop(withinSeconds: 10)
        client.close()
    }

    /// What the server of the tests takes the place of.
    static var fake: String {
        let tests = Path.directory(of: Path.directory(of: #filePath))
        return Path.join(tests, "Servers/fake_llama_server.py")
    }

    /// A head without a body: enough for a server that does not load it.
    func model(_ name: String, _ arguments: String...) throws -> LocalModel {
        let file = folder.file("\(name).gguf")
        try Files.replace(file, with: GGUFBytes.model())
        var model = LocalModel(name: name, file: file)
        model.arguments = arguments
        return model
    }

    func use(_ models: [LocalModel], _ change: (inout LocalSetup) -> Void = { _ in }) {
        var setup = LocalSetup()
        setup.adoptsRunning = false
        for model in models { setup.models[model.name] = model }
        change(&setup)
        self.models.use(setup)
    }

    final class Borrowed: Sendable {
        let result: Result<LoadedModel, ChatFailure>
        let notes: [LoadingProgress]
        private let loan: LocalLoan

        init(
            _ result: Result<LoadedModel, ChatFailure>, _ notes: [LoadingProgress],
            _ loan: LocalLoan
        ) {
            self.result = result
            self.notes = notes
            self.loan = loan
        }

        func giveBack() { loan.giveBack() }

        /// Why its server has failed it, as whoever has it is told.
        var explanation: String? {
            let told = Condition<String??>(nil)
            loan.explain { reason in
                told.withLock { $0 = .some(reason) }
                told.broadcast()
            }
            return told.wait { $0 } ?? nil
        }

        var model: LoadedModel? { try? result.get() }

        var failure: String {
            if case .failure(let failure) = result { failure.message } else { "" }
        }
    }

    private struct Heard {
        var result: Result<LoadedModel, ChatFailure>?
        var notes: [LoadingProgress] = []
    }

    /// Waits until the model is there or is not to be had.
    func borrow(_ name: String) throws -> Borrowed {
        let heard = Condition(Heard())
        let loan = models.borrow(
            name, progress: { note in heard.withLock { $0.notes.append(note) } },
            done: { result in
                heard.withLock { $0.result = result }
                heard.broadcast()
            })
        let deadline =
            SystemClock.monotonicNanoseconds + UInt64(Self.waitSeconds * 1_000_000_000)
        let found = heard.wait(untilNanoseconds: deadline) { heard in
            heard.result.map { ($0, heard.notes) }
        }
        let (result, notes) = try #require(found)
        return Borrowed(result, notes, loan)
    }

    func status(_ name: String) -> LocalModelStatus? {
        models.statuses.first { $0.name == name }
    }

    /// Waits until the model is as wanted.
    func wait(_ name: String, until match: (LocalModelStatus) -> Bool) throws {
        try waitFor("\(name) to be as wanted") { status(name).map(match) ?? false }
    }

    var told: [String] { news.withLock { $0 } }
    /// What everybody was told of models that get ready.
    var loads: [LocalLoad] { heardLoads.withLock { $0 } }
}
