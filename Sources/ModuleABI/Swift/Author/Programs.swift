internal import CModuleABI
internal import ModuleJSON

/// Programs, run by the host within the permission `execute` of the manifest and behind the walls
/// of the module, wherever it lives:
///
///     let result = try await call.programs.run("/usr/bin/git", ["log", "--oneline"], in: folder)
///
/// What fails to start is thrown as a `Failure`; that of a missing permission says what to write
/// where. A program that ends with a status other than 0 is a result.
public struct Programs: Sendable {
    let table: HostTable
    /// The call that programs are part of, or 0.
    let call: UInt64

    /// Runs a program to its end and gathers what it prints.
    public func run(
        _ program: String, _ arguments: [String] = [], in folder: String? = nil,
        input: [UInt8] = [], bytesMax: Int? = nil
    ) async throws -> ProgramResult {
        let run = try start(program, arguments, in: folder, input: input, bytesMax: bytesMax)
        var output: [UInt8] = []
        var errors: [UInt8] = []
        while let piece = try await run.next() {
            switch piece {
            case .output(let bytes): output += bytes
            case .errors(let bytes): errors += bytes
            }
        }
        return ProgramResult(
            program: program, end: try run.end(), output: output, errorOutput: errors)
    }

    /// Starts a program whose output is read as it comes. It waits while nobody reads, and is ended
    /// when the value is let go.
    public func start(
        _ program: String, _ arguments: [String] = [], in folder: String? = nil,
        input: [UInt8] = [], bytesMax: Int? = nil
    ) throws -> RunningProgram {
        let order: JSON = [
            "program": .string(program), "arguments": .array(arguments.map { .string($0) }),
            "folder": folder.map { .string($0) } ?? .null,
            "bytesMax": bytesMax.map { .integer(Int64($0)) } ?? .null,
        ]
        return RunningProgram(
            program: program,
            stream: try ErrandStream(table, MOD_SERVICE_RUN, order, body: input, call: call))
    }
}

extension Call {
    /// Programs. What is started ends no later than the call.
    public var programs: Programs { Programs(table: run.host, call: run.id) }
}

extension Host {
    /// Programs, for what is started between `start` and `stop` and outlasts a call.
    public var programs: Programs { Programs(table: table, call: 0) }
}

/// A program that was started, as a sequence of what it prints.
public struct RunningProgram: AsyncSequence, AsyncIteratorProtocol, Sendable {
    public enum Piece: Sendable, Hashable {
        case output([UInt8])
        case errors([UInt8])
    }

    let program: String
    let stream: ErrandStream

    public func makeAsyncIterator() -> RunningProgram { self }

    /// What it printed next; nil once it has ended.
    public func next() async throws -> Piece? {
        guard let news = try await stream.next() else { return nil }
        return news.kind == UInt32(MOD_RUN_ERRORS) ? .errors(news.value) : .output(news.value)
    }

    /// How it ended, once `next` has returned nil.
    public func end() throws -> ProgramEnd {
        guard let end = stream.end else {
            throw ModuleKit.Failure("\(program) has not ended", .misuse)
        }
        let json = try JSON(parsing: end.value)
        if let status = json["exit"]?.integer { return .exited(Int32(clamping: status)) }
        return .killed(signal: Int32(clamping: json["signal"]?.integer ?? 0))
    }

    /// Ends it: `next` then throws.
    public func cancel() {
        stream.cancel()
    }
}

public enum ProgramEnd: Sendable, Hashable {
    case exited(Int32)
    case killed(signal: Int32)
}

/// What came of a program.
public struct ProgramResult: Sendable {
    public let program: String
    public let end: ProgramEnd
    public let output: [UInt8]
    public let errorOutput: [UInt8]

    /// The output as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: output, as: UTF8.self) }

    /// This, if the program ended with 0; else a failure that quotes what it said.
    public func expectSuccess() throws -> ProgramResult {
        guard end != .exited(0) else { return self }
        let said = String(decoding: errorOutput.suffix(500), as: UTF8.self)
        let how =
            switch end {
            case .exited(let status): "ended with status \(status)"
            case .killed(let signal): "was ended by signal \(signal)"
            }
        throw Failure("\(program) \(how)\(said.isEmpty ? "" : ": \(said)")")
    }
}
