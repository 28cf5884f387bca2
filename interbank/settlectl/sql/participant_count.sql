SELECT count(*) FROM participant;
