import KernelBase
import KernelSandbox
import KernelSystem

/// How a worker becomes a program: behind walls that hold for all that it starts. It has one
/// thread.
///
/// Nothing is answered once it has: the kernel sees it by the channel, which closes then.
enum ProgramStart {
    static func run(_ frame: Frame, _ channel: WorkerChannel) -> Int32 {
        let problem: String
        do {
            problem = try start(try ProgramRequest(frame.body))
        } catch {
            problem = "\(error)"
        }
        try? channel.send(Frame(.refused, id: frame.id, body: Array(problem.utf8)))
        return WorkerServer.failureStatus
    }

    /// Returns why it failed.
    private static func start(_ request: ProgramRequest) throws(SystemError) -> String {
        // Before the walls, which allow none.
        let input = try SharedMemory.file(holding: request.input)
        let report = Sandbox.raise(request.walls, around: .program)
        if request.walls.strength == .required, let problem = report.problem {
            return
                "this system cannot confine a program (\(problem)); to run it all the same, write "
                + "sandbox = \"preferred\" to [kernel] in kernel.toml"
        }
        let failure = Sandbox.become(
            request.program, request.arguments, environment: environment(request),
            in: request.folder, input: input)
        return "\(failure)"
    }

    /// What the zygote has is what a worker has.
    private static func environment(_ request: ProgramRequest) -> [String] {
        let own = (["LANG"] + PathPlaces.variableNames).compactMap { name in
            Environment.value(name).map { "\(name)=\($0)" }
        }
        return ["PATH=/usr/local/bin:/usr/bin:/bin"] + own
            + (request.scratchFolder.map { ["TMPDIR=\($0)"] } ?? [])
    }
}
