import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the records of its standard input, one a line as key and value in base64 (null is a dash), as Java's producer
 * does with its own settings and partitioner, and prints for each its partition and offset.
 *
 *     java -cp CLASS_PATH WriteRecords.java bootstrap topic
 */
class WriteRecords {
    public static void main(String[] args) throws Exception {
        ByteArraySerializer bytes = new ByteArraySerializer();
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        List<Future<RecordMetadata>> written = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, bytes, bytes)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", -1);
                written.add(producer.send(new ProducerRecord<>(args[1], bytes(words[0]), bytes(words[1]))));
            }
            for (Future<RecordMetadata> one : written) System.out.println(one.get().partition() + " " + one.get().offset());
        }
    }

    static byte[] bytes(String text) {
        return text.equals("-") ? null : Base64.getDecoder().decode(text);
    }
}
