import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelWorkers
import ModuleJSON

// The life of an instance: created, configured, started, stopped, saved, loaded, destroyed.
extension ModuleCheck {
    /// Does `body`, and reports what came of it.
    mutating func step(_ name: String, _ body: () throws -> String) {
        do {
            report.add(name, .ok, try body())
        } catch let warning as CheckWarning {
            report.add(name, .warn, warning.sentence)
        } catch {
            report.add(name, .fail, "\(error)")
        }
    }

    mutating func checkSetUp(_ subject: inout CheckSubject) -> Bool {
        let tools = tools
        let request = subject.request(starts: false)
        if let problem = subject.manifest.configuration?.problems(
            in: subject.manifest.configuration?.fillingDefaults(in: [:]) ?? [:]
        ).first {
            report.add(
                "create", .warn,
                "it cannot be configured without its user (\(problem)): the rest is not checked")
            return false
        }
        do {
            subject.abilities = try tools.worker(subject).setUp(request)
            report.add("create", .ok, "created, and configured with the defaults")
        } catch {
            report.add("create", .fail, "\(error)")
            return false
        }
        guard subject.abilities?.testsItself == true else {
            report.add(
                "self-test", .warn,
                "it has none: a build that cannot work is found out only when it is called")
            return true
        }
        let tested = subject
        step("self-test") {
            _ = try tools.worker(tested).setUp(tested.request(testsItself: true, starts: false))
            return "passed"
        }
        return true
    }

    mutating func checkLife(_ subject: CheckSubject) {
        let tools = tools
        step("start") {
            let worker = try tools.servingWorker(subject)
            try worker.step(.checkHealth)
            try worker.step(.stop)
            try worker.step(.start)
            try worker.step(.checkHealth)
            try worker.step(.stop)
            return "started, stopped and started again"
        }
        step("destroy") {
            let worker = try tools.servingWorker(subject)
            try worker.step(.destroy)
            _ = try worker.setUp(subject.request(starts: true))
            try worker.step(.destroy)
            return "destroyed, and created anew in the same process"
        }
    }

    mutating func checkState(_ subject: CheckSubject) {
        let tools = tools
        let keepsState = subject.abilities?.keepsState == true
        guard let version = subject.manifest.stateVersion else {
            if keepsState {
                report.add(
                    "state", .fail,
                    "it has the capability mod.state, but its manifest has no state: name the "
                        + "version of its schema there")
            }
            return
        }
        guard keepsState else {
            return report.add(
                "state", .fail,
                "its manifest names a state, but it does not offer save and load (mod.state)")
        }
        let bytesMax = tools.options.stateBytesMax
        step("state") {
            let first = try tools.servingWorker(subject)
            try first.step(.stop)
            let saved = try first.save(bytesMax: bytesMax)
            let second = try tools.worker(subject)
            let state = SavedState(version: version, bytes: saved)
            _ = try second.setUp(subject.request(state: state, starts: false))
            guard try second.save(bytesMax: bytesMax) == saved else {
                throw CheckWarning(
                    "what is saved after it was loaded differs from what was saved before: "
                        + "a reload may change it")
            }
            return "saved (\(saved.count) bytes), loaded and saved again, the same"
        }
    }

    // MARK: Reloads

    /// As the kernel does it: every new build is another copy, mapped beside those before it.
    mutating func checkReloads(_ subject: CheckSubject) {
        let tools = tools
        let count = tools.options.reloads
        // Every copy has its own writable data; anything much beyond them is a leak.
        let data = subject.build.writableBytes
        let limit = data + ((24 + 12 * subject.manifest.tasks.count) << 10)
        let copies = BuildStore(folder: Path.directory(of: Path.directory(of: subject.build.path)))
        step("reloads") {
            let worker = try tools.servingWorker(subject)
            let warmUp = min(5, count / 2)
            var before: Int?
            for number in 0..<count {
                if number == warmUp { before = worker.privateBytes }
                try tools.reload(worker, subject, copies, number)
            }
            guard let before, let after = worker.privateBytes, count > warmUp else {
                return "reloaded \(count) times"
            }
            let kept = max(0, after - before) / (count - warmUp)
            let sentence =
                "reloaded \(count) times, each kept \((kept + 512) >> 10) KiB "
                + "(its writable data are \(data >> 10) KiB)"
            guard kept <= limit else {
                throw CheckWarning(sentence + ": see that destroy frees all of the instance")
            }
            return sentence
        }
    }
}

// Processes for the steps.
extension CheckTools {
    /// A process that holds the module, opened.
    func worker(_ subject: CheckSubject) throws -> CheckWorker {
        let worker = try CheckWorker(self)
        _ = try worker.open(subject.build.path)
        return worker
    }

    /// A process in which the module serves.
    func servingWorker(_ subject: CheckSubject) throws -> CheckWorker {
        let worker = try worker(subject)
        _ = try worker.setUp(subject.request(starts: true))
        return worker
    }

    /// As the kernel replaces a build: the old instance goes, a new copy is mapped.
    fileprivate func reload(
        _ worker: CheckWorker, _ subject: CheckSubject, _ copies: BuildStore, _ number: Int
    ) throws {
        var state: SavedState?
        try worker.step(.stop)
        if let version = subject.manifest.stateVersion {
            state = SavedState(
                version: version, bytes: try worker.save(bytesMax: options.stateBytesMax))
        }
        try worker.step(.destroy)
        let copy = try copies.duplicate(subject.build, number: UInt64(number))
        defer { Files.removeIfPresent(copy) }
        _ = try worker.open(copy)
        _ = try worker.setUp(subject.request(state: state, starts: true))
    }
}

/// Something that a step found and that is no failure.
struct CheckWarning: Error {
    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }
}
