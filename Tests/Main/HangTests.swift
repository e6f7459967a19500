import KernelSystem
import KernelTesting
import Testing

/// Calls that do not end in the kernel's process: what is remembered of it.
@Suite(.timeLimit(.minutes(2)))
struct HangTests {
    @Test func `a build that hung in the kernel stays out of the next one, until it is lifted`()
        throws
    {
        let home = try KernelHome()
        try home.installTrusted("mischief", and: "[modules.mischief.tasks.thread]\ntimeout = 1\n")
        let hangs = String(repeating: "mischief.thread hang\n", count: 5)
        _ = try home.run(["--dev"], input: .text(hangs))
        let file = Path.join(home.developmentState, "containment.json")
        let text = {
            String(decoding: (try? Files.read(file, bytesMax: 1 << 20)) ?? [], as: UTF8.self)
        }
        #expect(text().contains("went on with 5 calls"))
        let next = try home.run(
            ["--dev"], input: .text("mischief.thread well\n/modules mischief\n"))
        #expect(next.output.contains("one"))
        #expect(next.output.contains("it went on with 5 calls within 300 s"), "\(next)")
        _ = try home.run(["--dev"], input: .text("mischief.thread well\n/module lift mischief\n"))
        #expect(!text().contains("mischief"))
        let last = try home.run(
            ["--dev"], input: .text("mischief.thread well\n/modules mischief\n"))
        #expect(!last.output.contains("went on with"), "\(last)")
    }
}
