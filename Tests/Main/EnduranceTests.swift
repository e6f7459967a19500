import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// The short form of `dev/soak`, with the real programs: what it finds is what ten minutes of it
/// would.
@Suite(.timeLimit(.minutes(LongForm.isWanted ? 30 : 3)))
struct EnduranceTests {
    private static let minutes = LongForm.isWanted ? "6" : "0.15"
    /// Of the kernel; of workers one at least.
    private static let killsMin: Int64 = LongForm.isWanted ? 200 : 3

    /// Runs it to its end. It removes what it made, and ends what it started.
    private func soak(_ options: [String] = []) throws -> Program.Result {
        let programs = Path.directory(of: try Program.built("kernel"))
        let script = Path.join(Fixture.repository, "dev/soaking/soak.py")
        return try Program.run(
            try Program.inPath("python3"),
            [script, Fixture.repository, programs, Self.minutes] + options)
    }

    @Test func `no acknowledged task is lost, however often kernel and workers are killed`() throws
    {
        let ended = try soak(["--kills", "--kills-min", "\(Self.killsMin)", "--json"])
        #expect(ended.status == .exited(code: 0), "\(ended.output)")
        let report = try JSON(parsing: String(ended.output.split(separator: "\n").last ?? ""))
        #expect(report["problems"] == [])
        let counts = report["counts"]
        #expect(counts?["kills of the kernel"]?.integer ?? 0 >= Self.killsMin, "\(ended.output)")
        #expect(counts?["kills of workers"]?.integer ?? 0 > 0, "\(ended.output)")
        #expect(counts?["tasks"]?.integer ?? 0 > 0, "\(ended.output)")
    }

    @Test(.enabled(if: LongForm.isWanted))
    func `memory, descriptors and threads stay where they are`() throws {
        let ended = try soak()
        #expect(ended.status == .exited(code: 0), "\(ended.output)")
    }

    @Test(.enabled(if: LongForm.isWanted))
    func `a leak of a hundred bytes a call is found`() throws {
        let ended = try soak(["--leak", "100"])
        #expect(ended.status == .exited(code: 1), "\(ended.output)")
        #expect(ended.output.contains("kernel: own grows by"))
    }
}
