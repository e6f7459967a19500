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
    private let store: BuildStore

    init(
        environment: LoaderEnvironment, options: LoaderOptions, walls: WallMaker, store: BuildStore
    ) {
        self.environment = environment
        self.options = options
        self.walls = walls
        self.store = store
    }

    /// A build that was opened in a process of its own and has shown its manifest.
    package struct Opened: Sendable {
        package let build: Build
        package let manifest: Manifest
        let origin: Catalogue.Origin
        /// What was opened: the copy, perhaps before it was kept as the build.
        fileprivate let library: String
        fileprivate let worker: WorkerProcess
        fileprivate let walls: Walls
        fileprivate let violations: Violations

        /// The build is not tried any further.
        package func discard() {
            worker.kill()
        }
    }

    /// How a library will be opened.
    package struct Plan: Sendable {
        fileprivate let library: String
        fileprivate let origin: Catalogue.Origin
        fileprivate let expected: Manifest?
        fileprivate let planned: Result<Planned, Refusal>

        fileprivate struct Planned: Sendable {
            let order: WorkerProcess.Order
            let request: OpenRequest
            let violations: Violations
        }
    }

    /// A library that is being opened.
    package struct Opening: Sendable {
        fileprivate let plan: Plan
        fileprivate let begun: Result<Begun, Refusal>

        fileprivate struct Begun: Sendable {
            let request: UInt64
            let worker: WorkerProcess
            let walls: Walls
            let violations: Violations
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

    /// Takes a file in, and has it opened as below meanwhile.
    package func open(
        _ source: String, from origin: Catalogue.Origin, expecting expected: Manifest?
    ) throws -> Opened {
        let preparation = prepare()
        let begun = try store.begin(source)
        let plan = plan(for: begun.path, from: origin, expecting: expected, in: preparation)
        let arrival = try store.fill(begun)
        let opening = begin(plan)
        return try finish(opening, as: try store.keep(arrival))
    }

    /// Has the walls raised of what the module is expected to ask for, or of one that asks for
    /// nothing, around a copy that is still being made. Waits for nothing.
    package func plan(
        for library: String, from origin: Catalogue.Origin, expecting expected: Manifest?,
        in preparation: Preparation
    ) -> Plan {
        Plan(
            library: library, origin: origin, expected: expected,
            planned: Self.refusing {
                let order = try preparation.order.get()
                let walls =
                    try expected.map {
                        try self.walls.walls(
                            for: $0, environment.settings($0), library: library, from: origin)
                    } ?? self.walls.walls(beforeManifestOf: library, from: origin)
                let request = OpenRequest(path: library, watchesContract: true, walls: walls)
                order.confine(for: request)
                return Plan.Planned(
                    order: order, request: request, violations: preparation.violations)
            })
    }

    /// Has the copy opened, agrees on the contract and asks for the manifest. Waits for nothing but
    /// the process.
    package func begin(_ plan: Plan) -> Opening {
        Opening(
            plan: plan,
            begun: Self.refusing {
                let planned = try plan.planned.get()
                let worker = try WorkerProcess(planned.order)
                return Opening.Begun(
                    request: try worker.beginOpen(planned.request), worker: worker,
                    walls: planned.request.walls, violations: planned.violations)
            })
    }

    /// Waits for the manifest. Once more if the process was killed: a file is looked at again only
    /// when it changes.
    package func finish(_ opening: Opening, as build: Build) throws(Refusal) -> Opened {
        // The process was asked for before: the next one has it.
        defer { try? environment.zygote().warm(build.libraries) }
        do throws(Refusal) {
            return try finishOnce(opening, as: build)
        } catch {
            guard error.isByOthers else { throw error }
            let plan = opening.plan
            return try openAgain(build, from: plan.origin, expecting: plan.expected)
        }
    }

    private func finishOnce(_ opening: Opening, as build: Build) throws(Refusal) -> Opened {
        let begun = try opening.begun.get()
        return try Self.refusing {
            defer { walls.note(begun.walls, begun.worker.wallReport) }
            let opened = try begun.worker.finishOpen(begun.request, seconds: options.probeSeconds)
            return Opened(
                build: build, manifest: try Manifest(parsing: opened.manifest, mark: opened.mark),
                origin: opening.plan.origin, library: opening.plan.library, worker: begun.worker,
                walls: begun.walls, violations: begun.violations)
        }.get()
    }

    /// In another process than before.
    private func openAgain(
        _ build: Build, from origin: Catalogue.Origin, expecting expected: Manifest?
    ) throws(Refusal) -> Opened {
        let plan = plan(for: build.path, from: origin, expecting: expected, in: prepare())
        return try finishOnce(begin(plan), as: build)
    }

    private static func refusing<Value>(_ body: () throws -> Value) -> Result<Value, Refusal> {
        let step = "probe: \(LifecycleStep.open.name)"
        do {
            return .success(try body())
        } catch let error as ManifestError {
            return .failure(
                Refusal(step: "probe: \(LifecycleStep.manifest.name)", reason: "\(error)"))
        } catch let error as WorkerFailure {
            return .failure(refusal(error, otherwise: step))
        } catch {
            return .failure(Refusal(step: step, reason: "\(error)"))
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
            let again = try openAgain(
                opened.build, from: opened.origin, expecting: opened.manifest)
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
        func walls(around library: String) throws -> Walls {
            try self.walls.walls(
                for: opened.manifest, settings, library: library, from: opened.origin)
        }
        if try walls(around: opened.library).standsLike(opened.walls) { return opened.worker }
        let walls = try walls(around: opened.build.path)
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
