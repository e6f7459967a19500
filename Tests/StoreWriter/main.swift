// Hands tasks or chats to a store and says what was acknowledged, one line each, until it is killed
// or the store fails. For tests that end it at any instant.
//
// usage: KernelStoreWriter FOLDER [TASKS|chats]

import KernelBase
import KernelHistory
import KernelStore
import KernelSystem

Signals.block()
let arguments = CommandLine.arguments
guard arguments.count >= 2 else { ProcessExit.now(64) }
let wantsChats = arguments.count > 2 && arguments[2] == "chats"
let tasksMax = arguments.count > 2 ? Int(arguments[2]) ?? 0 : Int.max

do {
    let store = try SQLiteStore(folder: arguments[1])
    StandardStreams.say("open\n")
    let chats = SQLiteChatRecords(store)
    if wantsChats { _ = try Answer.wait { chats.settle(at: .now, $0) } }
    let count = wantsChats ? ChatWriter.count : StoreClient.count
    let left = Condition(count)
    for number in 0..<count {
        try SystemThread.start(name: "client") {
            if wantsChats {
                ChatWriter(chats, number).work()
            } else {
                StoreClient(store, number).work(tasksMax / StoreClient.count)
            }
            left.withLock { $0 -= 1 }
            left.signal()
        }
    }
    _ = left.wait { $0 == 0 ? true : nil }
    store.close()
    StandardStreams.say("closed\n")
} catch {
    StandardStreams.say("error: \(error)\n")
    ProcessExit.now(1)
}
