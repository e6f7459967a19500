import KernelBase
package import KernelBuilds
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelWorkers
import ModuleChat
import ModuleJSON
import Synchronization

/// Tries a build in a process that may die, before the kernel maps it.
package struct Prober: Sendable {
    private let environment: LoaderEnvironment
    private let options: LoaderOptions
    private let walls: WallMaker

    init(environment: LoaderEnvironment, options: LoaderOptions, walls: WallMaker) {
        self.environment = environment
        self.options = options
        self.walls = walls
    }

    /// A build that was opened in a process of its own and has shown its manifest.
    package struct Opened: Sendable {
        package let build: Build
        package let manifest: Manifest
        let origin: Catalogue.Origin
        fileprivate var worker: WorkerProcess
        fileprivate let walls: Walls
        fileprivate let violations: Violations

        /// The build is not tried any further.
        package func discard() {
            worker.kill()
        }
    }

    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        package let step: String
        package let reason: String
        /// Somebody else ended the process, which says nothing about the build.
        fileprivate var isByOthers = false

        package init(step: String, reason: String) {
            self.step = step
            self.reason = reason
        }

        package var description: String { "could not \(step): \(reason)" }
    }

    /// Opens the library, agrees on the contract and reads the manifest: within the walls of what
    /// the module is expected to ask for, or of one that asks for nothing. Once more if the process
    /// was killed: a file is looked at again only when it changes.
    package func open(
        _ build: Build, from origin: Catalogue.Origin, expecting expected: Manifest?,
        in preparation: Preparation
    ) throws(Refusal) -> Opened {
        do throws(Refusal) {
            return try openOnce(build, from: origin, expecting: expected, in: preparation)
        } catch {
            guard error.isByOthers else { throw error }
            return try openOnce(build, from: origin, expecting: expected, in: prepare())
        }
    }

    private func openOnce(
        _ build: Build, from origin: Catalogue.Origin, expecting expected: Manifest?,
        in preparation: Preparation
    ) throws(Refusal) -> Opened {
        let violations = preparation.violations
        let step = "probe: \(LifecycleStep.open.name)"
        do {
            // This one was asked for before: the next one has it.
            defer { try? environment.zygote().warm(build.libraries) }
            let worker = try WorkerProcess(try preparation.order.get())
            let walls =
                try expected.map {
                    try self.walls.walls(for: $0, environment.settings($0), build, from: origin)
                } ?? self.walls.walls(beforeManifestOf: build, from: origin)
            let request = OpenRequest(path: build.path, watchesContract: true, walls: walls)
            defer { self.walls.note(walls, worker.wallReport) }
            let opened = try worker.open(request, seconds: options.probeSeconds)
            let manifest = try Manifest(parsing: opened.manifest, mark: opened.mark)
            return Opened(
                build: build, manifest: manifest, origin: origin, worker: worker, walls: walls,
                violations: violations)
        } catch let error as ManifestError {
            throw Refusal(step: "probe: \(LifecycleStep.manifest.name)", reason: "\(error)")
        } catch let error as WorkerFailure {
            throw Self.refusal(error, otherwise: step)
        } catch {
            throw Refusal(step: step, reason: "\(error)")
        }
    }

    /// Makes an instance, configures it, gives it a copy of the state and lets it test itself. As
    /// above, once more if the process was killed.
    func trial(
        _ opened: Opened, _ settings: ModuleSettings, state: SavedState?
    ) throws(Refusal) -> Probed {
        do throws(Refusal) {
            return try tryOnce(opened, settings, state: state)
        } catch {
            guard error.isByOthers else { throw error }
            let again = try openOnce(
                opened.build, from: opened.origin, expecting: opened.manifest, in: prepare())
            return try tryOnce(again, settings, state: state)
        }
    }

    private func tryOnce(
        _ opened: Opened, _ settings: ModuleSettings, state: SavedState?
    ) throws(Refusal) -> Probed {
        var worker = opened.worker
        defer { worker.kill() }
        let request = SetUpRequest(
            configuration: settings.configuration, state: state, testsItself: true, starts: false,
            stateFolder: options.stateFolder(of: opened.manifest.id))
        do {
            worker = try workerForTrial(opened, settings)
            let done = try worker.request(
                .setUp, body: request.bytes, seconds: options.probeSeconds)
            if let violation = opened.violations.first {
                throw Refusal(step: "probe: contract", reason: violation.description)
            }
            let abilities = try ModuleInstance.Abilities(done.body)
            return Probed(
                build: opened.build, manifest: opened.manifest, abilities: abilities,
                provider: abilities.provides ? try description(by: worker) : nil)
        } catch let refusal as Refusal {
            throw refusal
        } catch let error as WorkerFailure {
            throw Self.refusal(error, otherwise: "probe: create, configure, restore or self-test")
        } catch {
            throw Refusal(step: "probe", reason: "\(error)")
        }
    }

    private func description(by worker: WorkerProcess) throws -> ProviderDescription {
        let done = try worker.request(.describe, seconds: options.probeSeconds)
        do {
            return try ProviderDescription(JSON(parsing: done.body))
        } catch {
            throw Refusal(step: "probe: \(LifecycleStep.describe.name)", reason: "\(error)")
        }
    }

    /// Walls that stand cannot be moved: a module that asks for others than were expected is tried
    /// in another process.
    private func workerForTrial(
        _ opened: Opened, _ settings: ModuleSettings
    ) throws -> WorkerProcess {
        let walls = try self.walls.walls(
            for: opened.manifest, settings, opened.build, from: opened.origin)
        guard !walls.standsLike(opened.walls) else { return opened.worker }
        let worker = try WorkerProcess(try order(opened.violations))
        let request = OpenRequest(path: opened.build.path, watchesContract: true, walls: walls)
        _ = try worker.open(request, seconds: options.probeSeconds)
        opened.worker.kill()
        return worker
    }

    /// Has the process forked in which a build will be tried, while the build is taken in.
    package func prepare() -> Preparation {
        let violations = Violations()
        return Preparation(order: Result { try order(violations) }, violations: violations)
    }

    private func order(_ violations: Violations) throws -> WorkerProcess.Order {
        let log = environment.log
        let events = WorkerEvents(
            log: { level, call, text in
                log(LogLine(module: "probe", level: level, call: call, text: text))
            },
            violation: { violations.add($0) })
        return try WorkerProcess.Order(
            zygote: try environment.zygote(), name: "kernel-probe", output: environment.output,
            events: events)
    }

    /// A process for a trial. It ends by itself if nothing is tried in it.
    package struct Preparation: Sendable {
        fileprivate let order: Result<WorkerProcess.Order, any Error>
        fileprivate let violations: Violations
    }

    private static func refusal(_ failure: WorkerFailure, otherwise step: String) -> Refusal {
        if case .refused(let reason) = failure {
            return Refusal(step: "probe: \(reason.step.name)", reason: reason.message)
        }
        var refusal = Refusal(step: step, reason: "\(failure)")
        refusal.isByOthers = failure.isByOthers
        return refusal
    }
}

/// The breaches of the contract that a probe saw.
private final class Violations: Sendable {
    private let list = Mutex<[ContractViolation]>([])

    func add(_ violation: ContractViolation) {
        list.withLock { if $0.count < 16 { $0.append(violation) } }
    }

    var first: ContractViolation? { list.withLock { $0.first } }
}
