import KernelBase
import KernelBrokers
import KernelGenerations
import KernelHosting
import KernelLoader

/// What modules give to the services of the host.
extension Dispatcher {
    func runErrand(
        _ ask: ModuleAsk, _ part: ErrandPart, from module: String, _ listener: any CallListener
    ) {
        do throws(AskRefusal) {
            let parent = try parent(of: ask, module)
            var errand = Errand(
                id: ask.id, module: module, service: ask.task, order: ask.arguments,
                body: part.body
            ) { [loader] in
                let reach = try loader.relations.reach(of: module)
                var doors = OpenedDoors()
                doors.network = reach.servers
                doors.busNames = reach.busNames
                doors.execute = reach.programs
                doors.programWalls = { try loader.programWalls(of: module) }
                doors.scratchFolder = loader.stateFolder(of: module)
                return doors
            }
            errand.creditBytes = part.creditBytes
            errand.deadlineNanoseconds = Self.earlier(
                ask.deadlineNanoseconds, parent?.deadlineNanoseconds ?? 0)
            brokers.begin(errand, listener)
        } catch {
            listener.callFinished(.failure(error.status, "\(ask.task): \(error.sentence)"))
        }
    }
}
