// JGit clones and pushes, with the token as the password.
import java.io.File;
import java.nio.file.Files;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

public class Jgit {
    public static void main(String[] words) throws Exception {
        String url = System.getenv("URL");
        var way = new UsernamePasswordCredentialsProvider("ann", System.getenv("OWN"));
        var work = new File("work");
        try (Git git = Git.cloneRepository().setURI(url + "/ann/notes").setDirectory(work).setCredentialsProvider(way).call()) {
            Files.writeString(work.toPath().resolve("file"), "two\n");
            git.add().addFilepattern("file").call();
            git.commit().setMessage("two").setAuthor("Ann", "ann@example.org").setCommitter("Ann", "ann@example.org").call();
            for (PushResult result : git.push().setCredentialsProvider(way).call()) {
                for (RemoteRefUpdate update : result.getRemoteUpdates()) {
                    if (update.getStatus() != RemoteRefUpdate.Status.OK) {
                        throw new IllegalStateException(update.toString());
                    }
                }
            }
        }
        try {
            Git.cloneRepository().setURI(url + "/acme/labs").setDirectory(new File("hidden")).setCredentialsProvider(way).call();
        } catch (GitAPIException expected) {
            return;
        }
        throw new IllegalStateException("cloned");
    }
}
