import KernelSandbox
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

/// What a module can use up, it uses up alone, and is told what it was.
@Suite(.blocking) struct BombTests {
    private let bench: ClimbingBench

    init() throws {
        bench = try ClimbingBench()
    }

    private func limits(_ change: (inout ResourceLimits) -> Void) -> ResourceLimits {
        var limits = ResourceLimits()
        change(&limits)
        return limits
    }

    @Test func `a process that takes too much memory is ended, and the error says how much`() throws
    {
        let walls = try bench.walls(limits: limits { $0.memoryBytes = 64 << 20 })
        let end = try bench.climb("eat_memory", "4096", walls)
        // Either the watch saw it, or the system gave no more.
        let isNamed = end.text.contains("more than 64 MiB of memory")
        #expect(isNamed || end == .refused("Cannot allocate memory"), "\(end)")
        #expect(try bench.climb("eat_memory", "32", walls).isClimbed)
    }

    @Test func `the system itself gives a process no more memory than it may have`() throws {
        let worker = try bench.worker(
            try bench.walls(limits: limits { $0.memoryBytes = 4 << 30 }))
        #expect(try bench.climb("eat_memory", "64", in: worker).isClimbed)
        let data = try Files.read("/proc/\(worker.process)/limits", bytesMax: 8_192)
        let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("Max data size")
        }
        #expect(line?.contains("\(5 << 30)") == true, "\(line ?? "")")
    }

    @Test func `a process that ends its first thread is ended whole`() throws {
        let end = try bench.climb("behead", "", try bench.walls())
        #expect(end.text.contains("it ended its first thread"), "\(end)")
    }

    @Test func `a fork bomb stays one process`() throws {
        let worker = try bench.worker(try bench.walls())
        let end = try bench.climb("fork_bomb", in: worker)
        #expect(end.isRefused && end.text.contains("starting another process"), "\(end)")
        let group = "/proc/\(worker.process)/task"
        for thread in try Files.names(in: group) {
            #expect(try Files.read("\(group)/\(thread)/children", bytesMax: 64).isEmpty)
        }
    }

    @Test func `a worker can take no processor time before others`() throws {
        let worker = try bench.worker(try bench.walls())
        let limits = try Files.read("/proc/\(worker.process)/limits", bytesMax: 8_192)
        for line in String(decoding: limits, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("Max nice") || line.hasPrefix("Max realtime priority") {
            #expect(line.split(separator: " ").suffix(2) == ["0", "0"], "\(line)")
        }
    }

    @Test func `a process with too many threads is ended`() throws {
        let walls = try bench.walls(limits: limits { $0.threads = 32 })
        let end = try bench.climb("eat_threads", "100", walls)
        #expect(end.text.contains("more than 32 threads"), "\(end)")
    }

    @Test func `descriptors run out for the process alone`() throws {
        let walls = try bench.walls(limits: limits { $0.descriptors = 64 })
        #expect(
            try bench.climb("eat_descriptors", "1000", walls) == .refused("Too many open files"))
        #expect(try bench.climb("eat_descriptors", "32", walls).isClimbed)
    }

    @Test func `a process that has opened too many files is ended`() throws {
        let worker = try bench.worker(try bench.walls(limits: limits { $0.descriptors = 64 }))
        #expect(try bench.climb("eat_descriptors", "50", in: worker).isClimbed)
        #expect(try bench.climb("eat_descriptors", "50", in: worker).isClimbed)
        try waitFor("its end") { worker.leash.overrun != nil }
        let expected = Overrun(.descriptors, "it had more than 64 files and sockets open")
        #expect(worker.leash.overrun == expected)
    }

    @Test func `one file ends at the budget, with an error of the system`() throws {
        let inside = bench.folder.file("inside")
        let walls = try bench.walls(write: [inside], limits: limits { $0.diskBytes = 16 << 20 })
        let end = try bench.climb("fill_file", "\(inside)/large", walls)
        #expect(end.text.contains("File too large") || end.text.contains("wrote more"), "\(end)")
        #expect(try Files.status("\(inside)/large").bytes <= 16 << 20)
    }

    @Test func `what is written in a module's own folder counts as well`() throws {
        let inside = bench.folder.file("inside")
        let walls = try bench.walls(
            limits: limits { $0.diskBytes = 16 << 20 }, besides: .init(own: inside))
        let end = try bench.climb("fill_folder", inside, walls)
        #expect(end.text.contains("module climber wrote more than 16 MiB"), "\(end)")
    }

    @Test func `many files are counted together, over all processes of the module`() throws {
        let inside = bench.folder.file("inside")
        let walls = try bench.walls(write: [inside], limits: limits { $0.diskBytes = 64 << 20 })
        for _ in 0..<2 {
            let end = try bench.climb("fill_folder", inside, walls)
            #expect(
                end.text.contains("module climber wrote more than 64 MiB within an hour"), "\(end)")
        }
    }

    @Test func `space that nobody has written cannot be taken`() throws {
        let inside = bench.folder.file("inside")
        let end = try bench.climb("take_space", "\(inside)/space", try bench.walls(write: [inside]))
        #expect(end == .refused("Operation not supported"))
    }
}
