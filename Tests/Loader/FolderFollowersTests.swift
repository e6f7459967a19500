import KernelBuilds
import KernelGenerations
import KernelSystem
import Synchronization
import Testing

@testable import KernelLoader

struct FolderFollowersTests {
    @Test func `each follower of a folder hears until it leaves`() {
        let heard = Mutex<[String]>([])
        var followers = FolderFollowers()
        let one = followers.add("/a") { _ in heard.withLock { $0.append("one") } }
        let two = followers.add("/a") { _ in heard.withLock { $0.append("two") } }
        let other = followers.add("/b") { _ in heard.withLock { $0.append("other") } }
        #expect(followers.folders.sorted() == ["/a", "/b"])
        for follower in followers.all(of: "/a") { follower(.rescan(folder: "/a")) }
        #expect(heard.withLock { $0 } == ["one", "two"])
        let isFollowed = followers.remove(one)
        #expect(isFollowed && followers.all(of: "/a").count == 1)
        let isStillFollowed = followers.remove(two)
        #expect(!isStillFollowed && followers.folders == ["/b"])
        let afterOther = followers.remove(other)
        #expect(!afterOther && followers.all(of: "/b").isEmpty)
    }
}
