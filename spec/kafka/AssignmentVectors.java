import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * Prints one JSON object a line: a group as its leader sees it, and what Kafka's own assignor gives each member, in bytes.
 * The groups live: from one line to the next members come and go, miss a rebalance, change their minds, and topics grow.
 * The seed and the number of lines are arguments; the same seed prints the same.
 *
 *     java -cp CLASS_PATH AssignmentVectors.java 1 2000
 */
class AssignmentVectors {
    static final JsonNodeFactory json = JsonNodeFactory.instance;
    static final PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
    static Random random;
    static final Set<String> ids = new HashSet<>();

    static class Member {
        String id = id();
        String instance;
        String rack;
        /** Of the subscription that its client writes. */
        short version = 3;
        List<String> topics = new ArrayList<>();
        List<TopicPartition> owned = new ArrayList<>();
        int generation = -1;
    }

    static class Group {
        final ConsumerPartitionAssignor assignor;
        final boolean hasRacks = chance(2);
        final boolean hasInstances = chance(3);
        final boolean isAlike = chance(2);
        final boolean hasOldClients = chance(4);
        final boolean isDisorderly = chance(3);
        final int largest;
        final List<Node> nodes = new ArrayList<>();
        /** The replicas of each partition. */
        final Map<String, List<Node[]>> topics = new TreeMap<>();
        final List<Member> members = new ArrayList<>();
        List<String> favourites = new ArrayList<>();
        int generation = random.nextInt(3);

        Group(String name) {
            assignor = assignor(name);
            int size = random.nextInt(20);
            largest = size == 0 ? 40 : size < 4 ? 15 : 6;
            for (int i = 0; i < 4; i++) nodes.add(new Node(i, "host", 9092, hasRacks ? "r" + i % 3 : null));
            int count = 1 + random.nextInt(largest > 6 ? 8 : 5);
            for (int i = 0; i < count; i++) {
                String topic = chance(2) ? "t" + i : id();
                topics.put(topic, new ArrayList<>());
                grow(topic, random.nextInt(2 * largest));
            }
            favourites = someTopics();
            for (int i = 1 + random.nextInt(largest); i > 0; i--) join();
        }

        void grow(String topic, int by) {
            for (int i = 0; i < by; i++) {
                List<Node> replicas = new ArrayList<>(nodes);
                Collections.shuffle(replicas, random);
                topics.get(topic).add(replicas.subList(0, 1 + random.nextInt(chance(4) ? 4 : 2)).toArray(new Node[0]));
            }
        }

        List<String> someTopics() {
            List<String> all = new ArrayList<>(topics.keySet());
            if (chance(10)) all.add("gone");
            Collections.shuffle(all, random);
            return new ArrayList<>(all.subList(0, 1 + random.nextInt(all.size())));
        }

        void join() {
            Member member = new Member();
            if (hasInstances && !chance(3)) member.instance = id();
            if (hasRacks && !chance(4)) member.rack = chance(10) ? "elsewhere" : "r" + random.nextInt(3);
            if (hasOldClients && chance(2)) member.version = (short) random.nextInt(4);
            member.topics = isAlike ? favourites : someTopics();
            members.add(random.nextInt(members.size() + 1), member);
        }

        void change() {
            for (int i = random.nextInt(3); i > 0 && members.size() > 1; i--) members.remove(any(members));
            for (int i = random.nextInt(3); i > 0 && members.size() < largest; i--) join();
            if (chance(3)) grow(any(new ArrayList<>(topics.keySet())), 1 + random.nextInt(4));
            if (chance(5) && isAlike) {
                favourites = someTopics();
                for (Member member : members) member.topics = favourites;
            }
            if (chance(3) && !isAlike) any(members).topics = someTopics();
            if (hasInstances && chance(3)) for (Member member : members) if (member.instance != null) restart(member);
            if (!isDisorderly) return;
            // Two that claim the same, of one generation or of two.
            for (int i = random.nextInt(3); i > 0; i--) {
                Member member = any(members);
                TopicPartition partition = anyPartition();
                if (partition != null && !member.owned.contains(partition)) member.owned.add(partition);
                if (chance(3)) member.generation = generation - random.nextInt(3);
            }
        }

        void restart(Member member) {
            member.id = id();
            member.owned = new ArrayList<>();
            member.generation = -1;
        }

        TopicPartition anyPartition() {
            String topic = any(new ArrayList<>(topics.keySet()));
            int partitions = topics.get(topic).size();
            return partitions == 0 ? null : new TopicPartition(topic, random.nextInt(partitions));
        }

        void rebalance() {
            ObjectNode line = json.objectNode();
            line.put("assignor", assignor.name());
            ObjectNode racks = line.putObject("topics");
            topics.forEach((topic, partitions) -> {
                ArrayNode list = racks.putArray(topic);
                for (Node[] replicas : partitions) list.add(racksOf(replicas));
            });
            Map<String, Subscription> subscriptions = new HashMap<>();
            ArrayNode list = line.putArray("members");
            for (Member member : members) {
                Subscription subscription = new Subscription(new ArrayList<>(member.topics), userData(member), member.owned,
                    member.generation, Optional.ofNullable(member.rack));
                ByteBuffer bytes = ConsumerProtocol.serializeSubscription(subscription, member.version);
                ObjectNode told = list.addObject();
                told.put("id", member.id).put("version", member.version).put("subscription", hex(bytes));
                if (member.instance != null) told.put("instance", member.instance);
                Subscription read = ConsumerProtocol.deserializeSubscription(bytes.duplicate());
                read.setGroupInstanceId(Optional.ofNullable(member.instance));
                subscriptions.put(member.id, read);
            }
            Map<String, Assignment> assignments = assign(subscriptions);
            line.put("isRight", assignments != null);
            generation++;
            for (int i = 0; i < members.size(); i++) {
                Member member = members.get(i);
                Assignment assignment = assignments == null ? null : assignments.get(member.id);
                if (assignment == null) continue;
                ((ObjectNode) list.get(i)).put("assignment", hex(ConsumerProtocol.serializeAssignment(assignment)));
                if (isDisorderly && chance(5)) continue;
                member.owned = new ArrayList<>(assignment.partitions());
                member.generation = generation;
            }
            out.println(line);
        }

        /** Null where Java has no answer, or one by which a partition is read twice, or by who did not ask for it. */
        Map<String, Assignment> assign(Map<String, Subscription> subscriptions) {
            List<PartitionInfo> infos = new ArrayList<>();
            topics.forEach((topic, partitions) -> {
                for (Node[] replicas : partitions) {
                    int partition = partitions.indexOf(replicas);
                    infos.add(new PartitionInfo(topic, partition, replicas[0], replicas, replicas));
                }
            });
            Cluster cluster = new Cluster("id", nodes, infos, Set.of(), Set.of());
            Map<String, Assignment> assignments;
            try {
                assignments = assignor(assignor.name()).assign(cluster, new GroupSubscription(subscriptions)).groupAssignment();
            } catch (RuntimeException error) {
                return null;
            }
            Set<TopicPartition> seen = new HashSet<>();
            // Java may move a partition back to who owned it once and does not want it any more, which nobody sees while it waits.
            int newest = members.stream().mapToInt(member -> member.generation).max().getAsInt();
            for (Member member : members) {
                boolean isStale = assignor instanceof CooperativeStickyAssignor && (member.generation < newest || member.version < 2);
                if (isStale && !member.owned.stream().allMatch(owned -> member.topics.contains(owned.topic()))) return null;
            }
            for (Map.Entry<String, Assignment> one : assignments.entrySet()) {
                for (TopicPartition partition : one.getValue().partitions()) {
                    if (!seen.add(partition)) return null;
                    if (!subscriptions.get(one.getKey()).topics().contains(partition.topic())) return null;
                }
            }
            return assignments;
        }

        ByteBuffer userData(Member member) {
            if (!(assignor instanceof CooperativeStickyAssignor)) return null;
            if (isDisorderly && chance(10)) return ByteBuffer.wrap(new byte[random.nextInt(4)]);
            return (ByteBuffer) ByteBuffer.allocate(4).putInt(member.generation).flip();
        }
    }

    public static void main(String[] args) {
        random = new Random(Long.parseLong(args[0]));
        int lines = Integer.parseInt(args[1]);
        String[] names = { "range", "roundrobin", "cooperative-sticky", "cooperative-sticky" };
        while (lines > 0) {
            Group group = new Group(names[random.nextInt(names.length)]);
            for (int round = 0; round < 5 && lines > 0; round++, lines--) {
                if (round > 0) group.change();
                group.rebalance();
            }
        }
        out.flush();
    }

    static ConsumerPartitionAssignor assignor(String name) {
        switch (name) {
            case "range": return new RangeAssignor();
            case "roundrobin": return new RoundRobinAssignor();
            default: return new CooperativeStickyAssignor();
        }
    }

    static String racksOf(Node[] replicas) {
        List<String> racks = new ArrayList<>();
        for (Node node : replicas) if (node.rack() != null) racks.add(node.rack());
        return String.join(" ", racks);
    }

    static boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    static <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** One that nobody else has: a coordinator gives none twice. */
    static String id() {
        String id;
        do id = Integer.toString(random.nextInt(36 * 36 * 36 * 36), 36);
        while (!ids.add(id));
        return id;
    }

    static String hex(ByteBuffer bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = bytes.position(); i < bytes.limit(); i++) text.append(String.format("%02x", bytes.get(i)));
        return text.toString();
    }
}
