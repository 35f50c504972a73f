import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Transactions by Java's own clients, every third of which is aborted.
 *
 * write bootstrap topic transactions records: so many transactions of so many records, `transaction/record` each.
 * copy bootstrap from to records protocol: reads what is committed as a member of a group of this protocol, and writes
 * it and the group's offsets in transactions, until so many records are copied; what was aborted is copied again.
 */
public class TransactionalCopier {
  public static void main(String[] args) {
    if (args[0].equals("write")) write(args[1], args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
    else copy(args[1], args[2], args[3], Integer.parseInt(args[4]), args[5]);
  }

  private static void write(String bootstrap, String topic, int transactions, int records) {
    try (KafkaProducer<String, String> producer = producer(bootstrap, "writes " + topic)) {
      producer.initTransactions();
      for (int transaction = 0; transaction < transactions; transaction++) {
        producer.beginTransaction();
        for (int record = 0; record < records; record++) {
          producer.send(new ProducerRecord<>(topic, "key " + record % 10, transaction + "/" + record));
        }
        if (transaction % 3 == 2) {
          // Else it would abort what it has not sent, and nothing of it would be in the log.
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
    }
  }

  private static void copy(String bootstrap, String from, String to, int records, String protocol) {
    Properties config = new Properties();
    config.put("bootstrap.servers", bootstrap);
    config.put("group.id", "copies " + from + " to " + to);
    config.put("group.protocol", protocol);
    config.put("isolation.level", "read_committed");
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "earliest");
    config.put("max.poll.records", "37");
    config.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    config.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    int copied = 0;
    int aborted = 0;
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(config);
        KafkaProducer<String, String> producer = producer(bootstrap, "copies to " + to)) {
      producer.initTransactions();
      consumer.subscribe(List.of(from));
      for (int attempt = 1; copied < records; ) {
        ConsumerRecords<String, String> found = consumer.poll(Duration.ofMillis(200));
        if (found.isEmpty()) continue;
        producer.beginTransaction();
        for (ConsumerRecord<String, String> record : found) {
          producer.send(new ProducerRecord<>(to, record.partition(), record.key(), record.value()));
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(found.nextOffsets());
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        if (attempt++ % 3 == 0) {
          producer.flush();
          producer.abortTransaction();
          aborted++;
          Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(consumer.assignment());
          for (TopicPartition partition : consumer.assignment()) {
            OffsetAndMetadata offset = committed.get(partition);
            if (offset == null) consumer.seekToBeginning(List.of(partition));
            else consumer.seek(partition, offset);
          }
        } else {
          producer.commitTransaction();
          copied += found.count();
        }
      }
    }
    System.out.println("{\"copied\":" + copied + ",\"aborted\":" + aborted + "}");
  }

  private static KafkaProducer<String, String> producer(String bootstrap, String transactionalId) {
    Properties config = new Properties();
    config.put("bootstrap.servers", bootstrap);
    config.put("transactional.id", transactionalId);
    config.put("compression.type", "lz4");
    config.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    config.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    return new KafkaProducer<>(config);
  }
}
